//go:build !unix

package index_test

import (
	"testing"
	"time"
)

// processorTime is the time on the wall, where nothing better is at hand.
func processorTime(testing.TB) time.Duration { return time.Duration(time.Now().UnixNano()) }
