package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"quittance/internal/fault"
)

// program runs commands of the program in processes of their own, so that what is measured is a process as an operator starts it, and
// its memory is its own. (The system counts the memory of the process that starts another into the other's peak, so this one stays
// small: it moves rows, it never holds them.)
type program struct{ path string }

func newProgram(path string) (program, error) {
	if path != "" {
		return program{path}, nil
	}
	self, err := os.Executable()
	return program{self}, err
}

// ran is how a process went.
type ran struct {
	took    time.Duration
	peakMiB float64 // 0 where the system does not tell
}

// run runs the program with the arguments on a database and reads its JSON into result.
func (p program) run(ctx context.Context, database string, result any, args ...string) (ran, error) {
	cmd := exec.CommandContext(ctx, p.path, append([]string{"--company", Company, "--output", "json", "--quiet"}, args...)...)
	cmd.Env = append(os.Environ(), "QUITTANCE_DB="+database) // by the environment, since an address may hold a password
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	r := ran{took: time.Since(began)}
	if cmd.ProcessState != nil {
		r.peakMiB = peak(cmd.ProcessState)
	}
	if err != nil {
		return r, fault.New(fault.Unavailable, "quittance %s failed: %s", strings.Join(args, " "), strings.TrimSpace(stderr.String())).Because(err)
	}
	if result == nil {
		return r, nil
	}
	return r, json.Unmarshal(stdout.Bytes(), result)
}
