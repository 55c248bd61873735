//go:build unix

package bench

import (
	"os"
	"runtime"
	"syscall"
)

// peak gives the most memory that a process held at once, in MiB.
func peak(s *os.ProcessState) float64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	unit := float64(1 << 10) // KiB
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1 // bytes
	}
	return tenth(float64(usage.Maxrss) * unit / (1 << 20))
}
