// Command alloy-mcp is a Model Context Protocol server that gives AI agents the
// apps behind Alloy Automation's Connectivity API.
package main

import (
	"os"

	"github.com/alloy-mcp/alloy-mcp/internal/cli"
)

func main() { os.Exit(cli.Main()) }
