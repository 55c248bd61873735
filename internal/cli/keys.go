package cli

import (
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/secret"
)

type keyCmd struct {
	List   keyListCmd   `cmd:"" help:"List the keys of bank details, files and seals, with what is sealed with each."`
	New    keyNewCmd    `cmd:"" help:"Print a new key, to be put in front of those that are given."`
	Rotate keyRotateCmd `cmd:"" help:"Seal everything anew with the first key that is given. Started again, it goes on where it was."`
}

type keyListCmd struct{}

// Run lists the keys.
func (c *keyListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Keys(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("key given current >bank_details >proposals >payment_files >bank_files >documents >webhooks >schedules >seals")
		for _, u := range all {
			if err := l.add(u, u.Key, yesNo(u.Given), yesNo(u.Current), fmt.Sprint(u.BankDetails), fmt.Sprint(u.Proposals), fmt.Sprint(u.PaymentFiles), fmt.Sprint(u.BankFiles), fmt.Sprint(u.Documents), fmt.Sprint(u.Webhooks), fmt.Sprint(u.Schedules), fmt.Sprint(u.Seals)); err != nil {
				return err
			}
		}
		return l.close("No key is given, and nothing is sealed.")
	})
}

type keyNewCmd struct{}

// Run prints a new key.
func (c *keyNewCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, secret.New())
	return err
}

type keyRotateCmd struct{}

// Run rotates the keys.
func (c *keyRotateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		r, err := a.RotateKeys(e.ctx, call, func(app.KeyRotation) error { return e.ctx.Err() })
		if err != nil {
			return err
		}
		if e.Output != "table" {
			return e.object(r)
		}
		fmt.Fprintf(e.stdout, "Everything is sealed with the key %s. Sealed anew: %d bank details, %d proposed ones, %d payment files, %d bank files, %d documents of unclaimed property, %d secrets of webhooks, %d of schedules; %d approvals hold on.\n",
			clean(r.Key), r.BankDetails, r.Proposals, r.PaymentFiles, r.BankFiles, r.Documents, r.Webhooks, r.Schedules, r.Approvals)
		if len(r.SealedBy) > 0 {
			return e.hint("Seals were made with %s: keep it after the current key, or verify cannot prove them.", strings.Join(r.SealedBy, ", "))
		}
		return nil
	})
}
