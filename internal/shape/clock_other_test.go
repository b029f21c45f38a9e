//go:build !unix

package shape

import (
	"testing"
	"time"
)

// processorTime is the time on the wall, where nothing better is at hand.
func processorTime(*testing.T) time.Duration { return time.Duration(time.Now().UnixNano()) }
