package pace

import (
	"testing"
	"time"
)

func TestALimitIsStretchedOnlyWhereItIsExceeded(t *testing.T) { //nolint:paralleltest // it measures
	if got := Stretch(t, time.Second, time.Second); got != time.Second {
		t.Errorf("a limit that was kept became %v", got)
	}
	if got := Stretch(t, time.Second, 2*time.Second); got < time.Second || got > most*time.Second {
		t.Errorf("a limit that was exceeded became %v", got)
	}
}

func TestTheClockCountsWhatIsComputed(t *testing.T) { //nolint:paralleltest // it measures
	began := Processor(t)
	if err := yardstick(); err != nil || Processor(t) <= began {
		t.Errorf("the yardstick took %v, %v", Processor(t)-began, err)
	}
}
