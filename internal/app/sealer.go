package app

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"quittance/internal/db"
	"quittance/internal/ledger"
)

const (
	sealDelay = 500 * time.Millisecond // after a command, before what it posted is sealed together with what came after it
	foldEvery = 32                     // rounds of sealing of which one, by chance, folds the sums of entries: a process may live for a single one
	foldLimit = 20                     // calls of [ledger.Fold] in one go
)

// sealer seals what this process posted, a moment after the commands, so that none waits for it; [App.Close] and
// [App.SealNow] do it at once. A failure only delays it: the vouchers wait in the queue for the next round, of whatever process.
type sealer struct {
	a       *App
	mu      sync.Mutex
	waiting map[int64]bool // companies
	timer   *time.Timer
	closed  bool
	working sync.Mutex
}

// soon asks for the sealing of what was posted in a company.
func (s *sealer) soon(company int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = map[int64]bool{}
	}
	s.waiting[company] = true
	if s.timer == nil && !s.closed {
		s.timer = time.AfterFunc(sealDelay, s.round)
	}
}

// round seals what waits.
func (s *sealer) round() {
	s.working.Lock()
	defer s.working.Unlock()
	s.mu.Lock()
	companies := slices.Sorted(maps.Keys(s.waiting))
	clear(s.waiting)
	s.timer = nil
	s.mu.Unlock()
	fold := rand.N(foldEvery) == 0
	for _, c := range companies {
		s.seal(c, fold)
	}
}

func (s *sealer) seal(company int64, fold bool) {
	ctx := context.Background()
	scope := db.Scope{Company: company, Now: s.a.now().UTC().Truncate(time.Microsecond)}
	if _, err := ledger.Seal(ctx, s.a.db, scope, s.a.keys); err != nil {
		slog.WarnContext(ctx, "sealing is delayed", "error", err)
	}
	for n := 0; fold && n < foldLimit; n++ {
		var folded int64
		err := s.a.db.Unit(ctx, scope, func(ctx context.Context, tx *db.Tx) (err error) { folded, err = ledger.Fold(ctx, tx); return err })
		if err != nil {
			slog.WarnContext(ctx, "folding the sums of entries is delayed", "error", err)
		}
		if folded == 0 {
			return
		}
	}
}

// close seals what still waits; nothing is sealed by it afterwards.
func (s *sealer) close() {
	s.mu.Lock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	s.round()
}

// SealNow seals what this process posted and has not sealed yet.
func (a *App) SealNow() { a.seals.round() }
