package bench

import (
	"bufio"
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"quittance/internal/db"
)

// Machine is what the figures were measured on: they mean nothing beside those of another.
type Machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_mib"` // 0 where the system does not tell
}

// Versions are those of the program, of Go, and of the database.
type Versions struct {
	Quittance string `json:"quittance"`
	Go        string `json:"go"`
	Database  string `json:"database"`
}

func thisMachine() Machine {
	m := Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU()}
	m.CPU = field("/proc/cpuinfo", "model name")
	if kib, ok := strings.CutSuffix(field("/proc/meminfo", "MemTotal"), " kB"); ok {
		m.Memory = atoi(kib) / 1024
	}
	return m
}

func atoi(s string) (n int64) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n = n*10 + int64(r-'0')
		}
	}
	return n
}

// field gives a value out of a file of "name: value" lines; blank when there is none.
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// versionsOf opens a database as the program does, which brings its tables up to date.
func versionsOf(ctx context.Context, address string) (Versions, error) {
	v := Versions{Quittance: "(devel)", Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v.Quittance = info.Main.Version
	}
	d, err := db.Open(ctx, address)
	if err != nil {
		return v, err
	}
	defer d.Close()
	v.Database, err = d.Version(ctx)
	return v, err
}

// median gives the middle of the values, between the two middle ones when they are even.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	if n%2 == 1 {
		return all[n/2]
	}
	return (all[n/2-1] + all[n/2]) / 2
}

// ratio gives a over b, to the hundredth; 0 when b is nothing.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return math.Round(a/b*100) / 100
}

func tenth(x float64) float64 { return math.Round(x*10) / 10 }

func whole(x float64) float64 { return math.Round(x) }
