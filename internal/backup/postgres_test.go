package backup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quittance/internal/fault"
)

// The password goes by the environment, where the list of processes does not show it; what only pgx knows is left out.
func TestPasswordIsNotAnArgument(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pg_dump"), []byte("#!/bin/sh\necho 'pg_dump (PostgreSQL) 16.4 (Debian 16.4-1)'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	for _, address := range []string{
		"postgres://ann:s3cret@h1,h2:5433/books?sslmode=verify-full&pool_max_conns=3&default_query_exec_mode=exec",
		"postgres://ann@h1/books?sslmode=verify-full&password=s3cret",
	} {
		p, err := find(t.Context(), "pg_dump", address)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.address, "s3cret") || strings.Contains(p.address, "pool_") || strings.Contains(p.address, "exec_mode") || !strings.Contains(p.address, "sslmode=verify-full") || !strings.Contains(p.address, "ann@h1") {
			t.Errorf("the address is %s", p.address)
		}
		if !slices.Contains(p.env, "PGPASSWORD=s3cret") || p.major != 16 {
			t.Errorf("the password is not in the environment, or the version is %d", p.major)
		}
	}
}

func TestNoTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := find(t.Context(), "pg_dump", "postgres://ann@h1/books"); fault.RuleOf(err) != "no_pg_tools" {
		t.Error(err)
	}
}

func TestMajor(t *testing.T) {
	for text, want := range map[string]int{"pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": 15, "PostgreSQL 17.2": 17, "18beta1": 18, "14.0": 14, "": 0} {
		if got := major(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
