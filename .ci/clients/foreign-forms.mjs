// Apps of the foreign Alloy that are connected by a form: one by an API key, one by a
// bearer token, one by a name and a password. Each refuses what is wrong in another
// place, since it is not known where Alloy passes an app's 401 on.

const text = (title, more = {}) => ({ type: 'string', title, ...more });

export const forms = {
  keystone: {
    name: 'Keystone', authenticationType: 'apiKey', right: { apiKey: 'kst_right' },
    fields: { apiKey: text('API key', { description: 'Settings, API.' }) },
    refusal: { status: 401, body: { error: { type: 'unauthorized', message: 'This API key is not valid.' } } },
  },
  tokenly: {
    name: 'Tokenly', authenticationType: 'http', right: { accessToken: 'tok_right' },
    fields: { accessToken: text('Access token') },
    refusal: { status: 200, body: { responseData: { object: 'error', status: 401, code: 'unauthorized', message: 'API token is invalid.' } } },
  },
  basil: {
    name: 'Basil', authenticationType: 'http', right: { username: 'ada', password: 'pw_right', domain: 'foreign' },
    fields: { username: text('User name'), password: text('Password'), domain: text('Domain', { description: 'What stands before .basil.example' }) },
    refusal: { status: 401, body: { responseData: { message: 'Bad credentials' } } },
  },
};

export const formMetadata = ({ authenticationType, fields }) => [{
  authenticationType,
  inputSchema: {
    type: 'object', required: ['userId', 'data'],
    properties: { userId: { type: 'string' }, data: { type: 'object', properties: fields, required: Object.keys(fields) } },
  },
}];

export const whoami = { id: 'get-me', displayName: 'Who am I', description: 'The account behind the key.', httpMethod: 'get', path: '/v1/me', deprecated: false, parameters: [] };

// introduce answers whoami for a credential with that data.
export function introduce(form, data) {
  const right = Object.entries(form.right).every(([name, value]) => data[name] === value);
  return right ? { status: 200, body: { responseData: { id: 7, name: 'Ada at ' + form.name } } } : form.refusal;
}
