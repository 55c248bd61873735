// Package app is the one door inside: every change is a command, every look a query, whoever knocks.
//
// A *command* passes actor → permission → idempotency key → transaction → domain → audit record, and hands its result out
// after the commit. A *query* passes actor → permission → one snapshot. A long command (posting a run) is many: one that
// starts it, one a chunk, one that ends it; each leaves its own record, and a cut between them is mended by doing it again.
//
// Invariants: nothing changes without its audit record in the same transaction; the same idempotency key with the same
// input replays the first result, with other input it is refused. Vouchers are sealed in the background soon after the command,
// at the latest when the process ends or another one posts next.
//
// Source: architecture, "The unit of work", "Who acts".
package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"quittance/internal/audit"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/secret"
)

// App is the door. It is safe for concurrent use.
type App struct {
	db       *db.DB
	keys     *secret.Keyring
	now      func() time.Time
	admit    chan struct{} // on PostgreSQL at most 2 × cores commands, but for small ones, are at the database at once
	setup    ledger.Cache
	hashing  chan struct{} // passwords hashed at once
	seals    sealer
	figures  *figureKeeper
	posted   atomic.Int64  // runs whose posting ended here
	scanner  string        // command that looks at attachments; blank: none
	attempts attemptCounts // to deliver
	outside  *Outside      // nil: not said
}

// Open opens the database at url (see [db.Open]) with its keyring.
func Open(ctx context.Context, url string) (*App, error) {
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	keys, err := secret.Load(d.Path())
	if err != nil {
		d.Close()
		return nil, err
	}
	a := New(d, keys, time.Now)
	a.SetScanner(os.Getenv(scannerVariable))
	return a, nil
}

// New makes the door to an open database; now is the clock.
func New(d *db.DB, keys *secret.Keyring, now func() time.Time) *App {
	a := &App{db: d, keys: keys, now: now, admit: make(chan struct{}, 2*runtime.GOMAXPROCS(0)), hashing: make(chan struct{}, runtime.GOMAXPROCS(0))}
	a.seals.a, a.figures = a, newFigureKeeper(a)
	return a
}

// Close seals what this process posted, and closes the database.
func (a *App) Close() error {
	a.figures.close()
	a.seals.close()
	return a.db.Close()
}

// Database gives the name and the version of the database, for a person.
func (a *App) Database(ctx context.Context) (name, version string, err error) {
	version, err = a.db.Version(ctx)
	return a.db.Name(), version, err
}

// OnlyWorker makes sure that one process at a time works on an embedded database; see [db.DB.OnlyWorker].
func (a *App) OnlyWorker(ctx context.Context) (end func(), err error) { return a.db.OnlyWorker(ctx) }

// Call says who knocks, for which company, and with which idempotency key.
type Call struct {
	Actor   identity.Actor
	Company string // code; blank means the only one
	Key     string // blank: the command is not repeatable
}

// command describes one change.
type command struct {
	name       string // as the audit trail shows it, such as reimburse.post
	permission identity.Permission
	input      any    // for the idempotency key: the same key must come with the same input
	noCompany  bool   // it is about no company, or finds one on its way
	about      string // code of the company that a command without one finds; blank: none, or all
	open       bool   // everybody may: signing in, what is one's own
	small      bool   // done at once, so that it may share a commit with others
	blind      bool   // it only appends, at the end of the unit, where it also turns out whether its key is there already
	draws      string // the number series that a blind command draws from; blank: none
}

// allow refuses who may give the command nowhere; whether here, is found out with the company.
func (cmd command) allow(a identity.Actor) error {
	switch {
	case cmd.open:
		return nil
	case cmd.noCompany:
		return a.AllowIn(cmd.about, cmd.permission)
	}
	return a.Allow(cmd.permission)
}

// work is what a command does inside its transaction: it gives the subject and detail of the audit record, and the result.
type work[R any] func(ctx context.Context, tx *db.Tx, c *ledger.Company) (subject string, detail any, result R, err error)

// tell is for work that knows what it says of itself at once.
func (fn work[R]) tell(ctx context.Context, tx *db.Tx, c *ledger.Company) (told[R], error) {
	subject, detail, result, err := fn(ctx, tx, c)
	return func() (string, any, R) { return subject, detail, result }, err
}

// told is what a command says of itself when everything that it put off is written, and its numbers are known.
type told[R any] func() (subject string, detail any, result R)

// do runs a command.
func do[R any](ctx context.Context, a *App, call Call, cmd command, fn work[R]) (R, error) {
	return run(ctx, a, call, cmd, a.db.Unit, fn.tell)
}

// doSmall runs a small command that many ask for at once: those that wait at the same time share one durable commit.
func doSmall[R any](ctx context.Context, a *App, call Call, cmd command, fn work[R]) (R, error) {
	cmd.small = true
	return doTogether(ctx, a, call, cmd, fn.tell)
}

// doTogether is doSmall for a command that puts off a part of its work, and so knows its result only at the end.
func doTogether[R any](ctx context.Context, a *App, call Call, cmd command, fn func(context.Context, *db.Tx, *ledger.Company) (told[R], error)) (R, error) {
	if cmd.blind {
		return run(ctx, a, call, cmd, a.db.Append, fn)
	}
	return run(ctx, a, call, cmd, a.db.Together, fn)
}

// run runs a command in units of the given kind. What must be approved first is submitted for approval, and refused.
func run[R any](ctx context.Context, a *App, call Call, cmd command, unit func(context.Context, db.Scope, db.Work) error, fn func(context.Context, *db.Tx, *ledger.Company) (told[R], error)) (R, error) {
	result, err := runOnce(ctx, a, call, cmd, unit, fn)
	if n := neededBy(err); n != nil {
		err = hold(ctx, a, call, cmd, fn, n)
	}
	return result, err
}

// runOnce runs a command. The idempotency key is looked up first; a blind command finds out at its end when
// the key is there already, and then tries again.
func runOnce[R any](ctx context.Context, a *App, call Call, cmd command, unit func(context.Context, db.Scope, db.Work) error, fn func(context.Context, *db.Tx, *ledger.Company) (told[R], error)) (R, error) {
	var result, none R
	if err := cmd.allow(call.Actor); err != nil {
		return none, err
	}
	if !cmd.small { // those wait in line for a shared commit, which takes them all
		leave, err := a.admitted(ctx)
		if err != nil {
			return none, err
		}
		defer leave()
	}
	hash, err := inputHash(cmd, call)
	if err != nil {
		return none, err
	}
	var company int64
	look := !cmd.blind
	try := func(ctx context.Context, tx *db.Tx) error {
		result, company = none, 0
		if cmd.draws != "" {
			a.setup.Hold(tx, call.Company, cmd.draws)
		}
		c, err := a.enter(ctx, tx, call, cmd)
		if err != nil {
			return err
		}
		keyed := tx.Company // an import finds its company on the way
		if call.Key != "" && look {
			replayed, err := replay(ctx, tx, call.Key, cmd.name, hash, &result)
			if err != nil || replayed {
				return err
			}
		}
		look = true // should it be tried again
		tell, err := fn(ctx, tx, c)
		if err != nil {
			return err
		}
		company = tx.Company
		tx.Later(records, &record{scope: tx.Scope, keyed: keyed, key: call.Key, command: cmd.name, hash: hash, tell: func() (string, any, any) {
			subject, detail, r := tell()
			result = r
			return subject, detail, r
		}})
		return nil
	}
	err = unit(ctx, a.scope(call), try)
	if call.Key != "" && db.IsDuplicate(err) && !ours(err) { // on PostgreSQL a key that is there already shows at the commit
		err = unit(ctx, a.scope(call), try)
	}
	if err != nil && call.Key != "" && !cmd.noCompany && ours(err) { // the same request may have been done at the same moment
		if first, found, rerr := earlier[R](ctx, a, call, cmd); rerr == nil && found {
			return first, nil
		}
	}
	if err != nil {
		return none, plainer(err)
	}
	if company != 0 {
		a.seals.soon(company)
	}
	return result, nil
}

// admitted waits until the database has room for one more command; SQLite makes them wait itself.
func (a *App) admitted(ctx context.Context) (leave func(), err error) {
	if !a.db.Postgres() {
		return func() {}, nil
	}
	select {
	case a.admit <- struct{}{}:
		return func() { <-a.admit }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// record is what stays of a command in the audit trail, and under its idempotency key.
type record struct {
	scope   db.Scope
	keyed   int64 // the company that the key belongs to
	key     string
	command string
	hash    []byte
	tell    func() (subject string, detail, result any)
}

// records writes the records of the commands that share a transaction.
var records = &db.Finisher{Last: true, Write: func(ctx context.Context, tx *db.Tx, items []any) error {
	trail := tx.Batch("audit", audit.Columns...)
	keys := tx.Batch("idempotency", "company", "key", "command", "input_hash", "result", "at")
	for _, x := range items {
		r := x.(*record)
		subject, detail, result := r.tell()
		if err := audit.Add(trail, r.scope, r.command, subject, detail); err != nil {
			return err
		}
		if r.key == "" {
			continue
		}
		text, err := json.Marshal(result)
		if err != nil {
			return err
		}
		keys.Int(r.keyed).Text(r.key).Text(r.command).Bytes(r.hash).Text(string(text)).Int(r.scope.Micros())
	}
	if err := trail.FlushLater(ctx); err != nil {
		return err
	}
	err := keys.FlushLater(ctx)
	if db.IsDuplicate(err) {
		return db.Again("the same key came twice at once")
	}
	return err
}}

// scope gives the scope of a unit on behalf of who calls.
func (a *App) scope(call Call) db.Scope {
	return db.Scope{Actor: call.Actor.Name, Roles: identity.Names(call.Actor.Roles), Now: a.now().UTC().Truncate(time.Microsecond)}
}

// earlier gives the result of an earlier command with the same key, for commands that work long before their own transaction.
func earlier[R any](ctx context.Context, a *App, call Call, cmd command) (result R, found bool, err error) {
	if err := call.Actor.Allow(cmd.permission); err != nil || call.Key == "" {
		return result, false, err
	}
	hash, err := inputHash(cmd, call)
	if err != nil {
		return result, false, err
	}
	err = query(ctx, a, call, cmd.permission, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
		found, err = replay(ctx, tx, call.Key, cmd.name, hash, &result)
		return err
	})
	return result, found, err
}

// enter draws the command's id and finds its company.
func (a *App) enter(ctx context.Context, tx *db.Tx, call Call, cmd command) (*ledger.Company, error) {
	var c *ledger.Company
	var err error
	if cmd.noCompany {
		err = a.about(ctx, tx, call, cmd)
	} else {
		c, err = a.into(ctx, tx, call, cmd.permission)
	}
	if err == nil { // after the first query, with which row ids may come
		tx.Command, err = tx.NewID(ctx)
	}
	return c, err
}

// into finds the company of the call, in which the actor must have the permission.
func (a *App) into(ctx context.Context, tx *db.Tx, call Call, p identity.Permission) (*ledger.Company, error) {
	c, err := a.setup.Enter(ctx, tx, call.Company, call.Actor.Sees)
	if err != nil {
		return nil, err
	}
	if err := call.Actor.AllowIn(c.Code, p); err != nil {
		return nil, err
	}
	tx.Roles = identity.Names(call.Actor.RolesIn(c.Code))
	if p != identity.Prove && call.Actor.Operator() && !call.Actor.Past && c.Parameters["require_token"] == "yes" {
		return c, needsToken(ctx, tx, call.Actor)
	}
	return c, nil
}

// about looks at the company that a command will find on its way, when there is such a one already, as into does.
func (a *App) about(ctx context.Context, tx *db.Tx, call Call, cmd command) error {
	if cmd.about == "" {
		return nil
	}
	call.Company = cmd.about
	if _, err := a.into(ctx, tx, call, cmd.permission); err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	tx.Company, tx.Roles = 0, identity.Names(call.Actor.RolesIn(cmd.about))
	return nil
}

// needsToken refuses the operator without a token once there are users.
func needsToken(ctx context.Context, tx *db.Tx, who identity.Actor) error {
	users, err := identity.Any(ctx, tx)
	if err == nil && users {
		err = fault.New(fault.Unauthenticated, "%s may only verify, since the company's parameter require_token is set: name who acts by a token in QUITTANCE_TOKEN", who.Name).ByRule("token_required")
	}
	return err
}

func inputHash(cmd command, call Call) ([]byte, error) {
	if call.Key == "" {
		return nil, nil
	}
	b, err := json.Marshal(cmd.input)
	who := call.Company
	if cmd.noCompany {
		who = call.Actor.Name // their keys stand together
	}
	sum := sha256.Sum256(append([]byte(cmd.name+"\n"+who+"\n"), b...))
	return sum[:], err
}

// replay gives the result of the first command with the key; the same key with other input is refused.
func replay(ctx context.Context, tx *db.Tx, key, name string, hash []byte, result any) (bool, error) {
	var had []byte
	var text, was string
	err := tx.Row(ctx, "select command, input_hash, result from idempotency where company = $1 and key = $2", tx.Company, key).Scan(&was, &had, &text)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if was != name || !bytes.Equal(had, hash) {
		return false, fault.New(fault.Conflict, "the idempotency key was used for another request (%s); use a new key", was).ByRule("key_reused")
	}
	return true, json.Unmarshal([]byte(text), result)
}

// query runs fn in one read-only snapshot of the company.
func query(ctx context.Context, a *App, call Call, p identity.Permission, fn func(context.Context, *db.Tx, *ledger.Company) error) error {
	if err := call.Actor.Allow(p); err != nil {
		return err
	}
	return plainer(a.db.Read(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) error {
		c, err := a.into(ctx, tx, call, p)
		if err != nil {
			return err
		}
		return fn(ctx, tx, c)
	}))
}

// ours says whether an error was made for people, by the program.
func ours(err error) bool {
	var one *fault.Error
	var many fault.List
	return errors.As(err, &one) || errors.As(err, &many)
}

// plainer keeps our own errors and wraps the others, so that no SQL reaches a person.
func plainer(err error) error {
	if err == nil || ours(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if db.IsDuplicate(err) {
		return fault.New(fault.Conflict, "somebody else was first with the same number or key just now; nothing was done, look again and try again").ByRule("taken").Because(err)
	}
	slog.Error("unexpected error", "error", err)
	return fault.New(fault.Internal, "the program met an error that it does not know; the change was not made, and the log says more").Because(err)
}
