package connect

import "context"

// Decline is what pressing "Do not connect" does once the page has found the request
// waiting.
func (f *Flow) Decline(ctx context.Context, id string) error {
	p, err := f.facts.load(ctx, id)
	if err != nil {
		return err
	}
	return f.decline(ctx, p)
}
