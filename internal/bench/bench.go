// Package bench measures the program against the floor: what the database alone needs for the same rows.
//
//   - A *mix* is what the customers of a made-up company look like: city (several funds, history, one customer in ten with open debits) or yardstick
//     (two credit notes each, nothing else).
//   - [Generate] makes such a company in a database of its own, in bulk. The same seed and size give the same content.
//   - The *floor* of a run is the time in which the database writes the very rows of the run by itself: one transaction, one
//     statement a table, out of staging tables, with the same indexes, constraints and durability. [Reimburse] measures both, each on
//     a fresh copy of the *source*, in turns, and gives the *ratio* of their medians.
//   - The *bare* SQL of an everyday posting is its least form, in one round trip. [Post] measures it beside the program.
//   - [Read] times what people look at, [Work] two posting processes against one.
//
// Invariants: the source is never changed; both sides of a ratio are measured in the same session on copies of the same
// database; what a run posted is counted and compared with what the floor wrote, and a difference is an error, not a note.
//
// This is the only package above floor 6 with SQL of its own. Source: architecture, "Floors"; style, "Benchmarks".
package bench

import (
	"fmt"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// Company is the code of the company that [Generate] makes.
const Company = "BENCH"

// RunDate is the date of the runs over it: after everything that it holds.
var RunDate = civil.Of(2026, time.June, 30)

// made is the one instant at which everything is made, so that the same seed gives the same rows.
var made = time.Date(2026, time.July, 1, 0, 0, 0, 0, time.UTC)

// maker is who made it.
var maker = identity.Actor{Name: "operator:bench", Roles: []identity.Role{identity.Administrator}}

// Mix says what the customers look like.
type Mix string

// The mixes.
const (
	City      Mix = "city"
	Yardstick Mix = "yardstick"
)

const maxCustomers = 10_000_000 // generating keeps 24 bytes a customer

// Tell gets the lines that say how far a benchmark is; nil is nobody.
type Tell func(format string, args ...any)

func (t Tell) say(format string, args ...any) {
	if t != nil {
		t(format, args...)
	}
}

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// seconds rounds to milliseconds, which is what a measurement is good for.
func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond)) / float64(time.Second)
}

// check refuses a size or mix that is not known.
func (o GenerateOptions) check() error {
	switch {
	case o.Customers < 1 || o.Customers > maxCustomers:
		return fault.New(fault.Usage, "%d customers cannot be made; choose 1 to %d", o.Customers, maxCustomers).In("customers")
	case o.Mix != City && o.Mix != Yardstick:
		return fault.New(fault.Usage, "%q is no mix; expected city or yardstick", o.Mix).In("mix")
	}
	return nil
}

func code(prefix string, i int) string { return fmt.Sprintf("%s%08d", prefix, i+1) }
