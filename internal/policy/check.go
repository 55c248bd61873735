package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Check proves the policies of the unit's company: the rules are those that were saved, and decisions name versions that there are. Findings
// are of code Violation, the first of each rule.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) {
	var found fault.List
	find := func(rule, format string, args ...any) {
		for _, f := range found {
			if f.Rule == rule {
				return
			}
		}
		found = append(found, fault.New(fault.Violation, format, args...).ByRule(rule))
	}
	known := map[VersionName]bool{}
	versions, err := db.List(ctx, tx, scanVersion, "select "+versionColumns+" order by p.name, v.n", tx.Company)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		known[VersionName{v.Policy, v.N}] = true
		if !bytes.Equal(v.sha256, digest(v.Rules)) {
			find("policy_text", "the rules of version %d of the policy %s are not those that %s saved", v.N, v.Policy, v.MadeBy)
		}
	}
	err = tx.Each(ctx, "select name, versions, min(id) as first from policy_decision where company = $1 group by versions, name order by first", []any{tx.Company}, func(r *db.Rows) error {
		var name, text string
		var id int64
		if err := r.Scan(&name, &text, &id); err != nil {
			return err
		}
		var names []VersionName
		if err := json.Unmarshal([]byte(text), &names); err != nil {
			return fmt.Errorf("the decision on %s: %w", name, err)
		}
		for _, v := range names {
			if !known[v] {
				find("policy_decision", "the decision on %s names version %d of the policy %s, which does not exist", name, v.N, v.Policy)
			}
		}
		return nil
	})
	return found, err
}
