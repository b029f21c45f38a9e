package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// alloyServer answers in Alloy's place: one user with one Notion connection.
func alloyServer() *httptest.Server {
	mux := http.NewServeMux()
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}
	}
	credentials := `[{"credentialId":"66bb00000000000000000001","name":"Ann's Notion","type":"notion-oauth2","createdAt":"2025-11-03T09:00:00.000Z","updatedAt":"2025-11-04T10:30:00.000Z"}]`
	mux.Handle("GET /connectors/notion/credentials", answer(`{"credentials":`+credentials+`}`))
	mux.Handle("GET /users/66aa00000000000000000001/credentials", answer(`{"data":`+credentials+`}`))
	mux.Handle("POST /connectors/notion/actions/post-search/execute", answer(`{"executionId":"66cc00000000000000000001","responseData":{
		"object":"list","has_more":true,"next_cursor":"c1","results":[{"object":"page","id":"p1","url":"https://www.notion.so/p1",
		"parent":{"type":"workspace","workspace":true},"properties":{"Name":{"type":"title","title":[{"plain_text":"Road"},{"plain_text":"map"}]}}}]}}`))
	mux.Handle("POST /connectors/slack/actions/chat_postMessage/execute", answer(`{"responseData":{"ok":false,"error":"channel_not_found"}}`))
	return httptest.NewServer(mux)
}

func newUserClient(baseURL string) *alloy.UserClient {
	client, err := alloy.New(alloy.Config{BaseURL: baseURL, Key: alloy.StaticKey(alloy.NewSecret("an-api-key"))})
	if err != nil {
		panic(err)
	}
	user, err := alloy.ParseUserID("66aa00000000000000000001")
	if err != nil {
		panic(err)
	}
	return client.As(user)
}

func ExampleUserClient_Connection() {
	server := alloyServer()
	defer server.Close()

	connection, err := newUserClient(server.URL).Connection(context.Background(), "66bb00000000000000000001")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(connection.Name, connection.ConnectorID, connection.AuthType)
	// Output: Ann's Notion notion oauth2
}

func ExampleUserClient_TokenInfo() {
	server := alloyServer()
	defer server.Close()

	info, err := newUserClient(server.URL).TokenInfo(context.Background(), "66bb00000000000000000001")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Type, "kept by", info.ManagedBy)
	fmt.Println("expiry unknown:", info.ExpiresAt.IsZero())
	// Output:
	// oauth2 kept by alloy
	// expiry unknown: true
}

func ExampleUserClient_SearchNotion() {
	server := alloyServer()
	defer server.Close()

	found, err := newUserClient(server.URL).SearchNotion(context.Background(), alloy.NotionSearch{Query: "roadmap", PageSize: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range found.Items {
		fmt.Println(item.Object, item.Title, item.URL)
	}
	fmt.Println("more:", found.HasMore, found.NextCursor)
	// Output:
	// page Roadmap https://www.notion.so/p1
	// more: true c1
}

func ExampleError() {
	server := alloyServer()
	defer server.Close()

	_, err := newUserClient(server.URL).Execute(context.Background(), alloy.Execution{
		ConnectorID: "slack", ActionID: "chat_postMessage", CredentialID: "66bb00000000000000000002",
		RequestBody: map[string]any{"channel": "#nowhere", "text": "hello"},
	})
	var failed *alloy.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Kind, failed.Provider.Code)
		fmt.Println("fault:", failed.Fault, "outcome:", failed.Outcome)
	}
	// Output:
	// provider channel_not_found
	// fault: caller outcome: rejected
}
