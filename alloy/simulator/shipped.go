package simulator

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
)

const notionID = "notion"

//go:embed connectors/*.json
var shippedFiles embed.FS

// loadShipped installs the connectors that are part of the simulator: one of each kind of
// authentication. Their actions and words were written for it.
func (s *Simulator) loadShipped() error {
	for _, name := range []string{"notion", "shipStation", "shippo", "jira"} {
		raw, err := shippedFiles.ReadFile("connectors/" + name + ".json")
		if err != nil {
			return fmt.Errorf("shipped connector %s: %w", name, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			return fmt.Errorf("shipped connector %s: %w", name, err)
		}
		con, err := parseCatalog(compact.Bytes())
		if err != nil {
			return err
		}
		con.shipped = true
		s.mu.Lock()
		err = s.install(con)
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
