package app

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"quittance/internal/fault"
)

// scannerVariable names the command that looks at what people attach: it gets the content on standard input, and the name of the file in the
// environment (QUITTANCE_FILE_NAME); when it ends with anything but 0, the file is refused. It is no parameter of a company, since whoever sets it runs
// programs on the machine.
const scannerVariable = "QUITTANCE_SCANNER"

const scanTime = time.Minute // that a scanner may take

// scan lets the configured scanner look at a content; without one everything passes.
func (a *App) scan(ctx context.Context, name string, content []byte) error {
	words := strings.Fields(a.scanner)
	if len(words) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "QUITTANCE_FILE_NAME="+name)
	cmd.Stdin = bytes.NewReader(content)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if cmd.ProcessState == nil || ctx.Err() != nil {
		return fault.New(fault.Unavailable, "the scanner of attachments cannot be run, so that %s was not taken; tell who runs the program", name).ByRule("scanner").Because(err)
	}
	return fault.New(fault.Refused, "the scanner refuses the file %s: %s", name, shortened(strings.Join(strings.Fields(said.String()), " "))).In("content").ByRule("scanner")
}

// SetScanner sets the command that looks at what people attach; blank is none.
func (a *App) SetScanner(command string) { a.scanner = command }
