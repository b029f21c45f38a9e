package alloy

import (
	"container/list"
	"log/slog"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// breaker stops calls to what keeps failing. It opens for 10 s ± 30 %, then
// lets three calls through, and closes when all three succeed.
type breaker = circuitbreaker.CircuitBreaker[any]

func newBreaker(log *slog.Logger, scope, connector string, rate float64, atLeast uint, window time.Duration) breaker {
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(rate, atLeast, window).
		WithDelay(10 * time.Second).WithJitterFactor(0.3).
		WithSuccessThreshold(3).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			log.Warn("circuit breaker changed", "scope", scope, "connector_id", connector, "from", e.OldState.String(), "to", e.NewState.String())
		}).
		Build()
}

// maxConnectorBreakers bounds the breakers that are kept, least used first out.
const maxConnectorBreakers = 500

// breakers are one for the host, which opens when half of at least 20 calls
// within 30 s fail, and one for each connector: 60 % of at least 10 within 60 s.
type breakers struct {
	log  *slog.Logger
	host breaker

	mu    sync.Mutex
	byID  map[string]*list.Element
	order *list.List // front: used last
}

type connectorBreaker struct {
	id string
	breaker
}

func newBreakers(log *slog.Logger) *breakers {
	return &breakers{
		log: log, host: newBreaker(log, "host", "", 0.5, 20, 30*time.Second),
		byID: map[string]*list.Element{}, order: list.New(),
	}
}

func (b *breakers) connector(id string) breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	if element, ok := b.byID[id]; ok {
		b.order.MoveToFront(element)
		return element.Value.(*connectorBreaker).breaker
	}
	made := &connectorBreaker{id: id, breaker: newBreaker(b.log, "connector", id, 0.6, 10, time.Minute)}
	b.byID[id] = b.order.PushFront(made)
	if b.order.Len() > maxConnectorBreakers {
		oldest := b.order.Back()
		b.order.Remove(oldest)
		delete(b.byID, oldest.Value.(*connectorBreaker).id)
	}
	return made.breaker
}

// admission is the breakers' leave for one attempt; its end must be told.
type admission struct{ host, connector breaker }

// admit asks the breakers, and returns how long to wait where one is open.
func (b *breakers) admit(k *call) (admission, time.Duration, bool) {
	var a admission
	if k.upload != nil {
		return a, 0, true // another host
	}
	var connector breaker
	if k.connector != "" {
		connector = b.connector(k.connector)
		if wait := connector.RemainingDelay(); wait > 0 {
			return a, wait, false
		}
	}
	if !b.host.TryAcquirePermit() {
		return a, remaining(b.host), false
	}
	a.host = b.host
	// A probe of the host must end at the host: were it turned away now, the
	// host's breaker would wait for it for ever.
	if connector == nil || b.host.IsHalfOpen() {
		return a, 0, true
	}
	if !connector.TryAcquirePermit() {
		return admission{}, remaining(connector), false
	}
	a.connector = connector
	return a, 0, true
}

// remaining never answers 0: a half-open breaker is waiting for its probes.
func remaining(b breaker) time.Duration { return max(b.RemainingDelay(), time.Second) }

// end reports how an attempt went. Only what says something about the far
// side counts: 5xx, time-outs and connections that fail, never 4xx or 429.
func (a admission) end(e *Error, waited, patience time.Duration) {
	host, connector := judge(e, waited, patience)
	record(a.host, host)
	record(a.connector, connector)
}

type health uint8

const (
	healthy health = iota
	sick
	unsaid // the caller gave up: that says nothing
)

func judge(e *Error, waited, patience time.Duration) (host, connector health) {
	switch {
	case e == nil:
	case e.Kind == KindCanceled:
		return unsaid, unsaid
	case e.Kind == KindProvider:
		if e.Provider != nil && e.Provider.Status >= 500 {
			return healthy, sick
		}
	case e.Kind == KindUnavailable && e.outOfTime:
		if waited < patience {
			return unsaid, unsaid
		}
		return sick, sick
	case e.Kind == KindUnavailable && (e.Status == 0 || e.Status >= 500 || e.broken):
		return sick, sick
	}
	return healthy, healthy
}

func record(b breaker, h health) {
	switch {
	case b == nil:
	case h == healthy:
		b.RecordSuccess()
	case h == sick:
		b.RecordFailure()
	case b.IsHalfOpen():
		b.RecordFailure() // a probe that tells nothing must still end
	}
}
