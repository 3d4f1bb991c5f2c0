// Package computer finds out what matters of the computer that the program runs on where people sign: the
// network, swap space, and which program this is. It asks no one, and changes nothing.
//
// Entry points: Reader.
package computer

import (
	"bytes"
	"crypto/sha256"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Reader is a port.Machine.
type Reader struct {
	version string
	// proc is what Linux tells in /proc; nil on other systems.
	proc       fs.FS
	interfaces func() ([]net.Interface, error)
	checksum   func() []byte
}

var _ port.Machine = (*Reader)(nil)

// New makes a Reader of this machine. version is that of the program.
func New(version string) *Reader {
	r := &Reader{version: version, interfaces: net.Interfaces, checksum: sync.OnceValue(checksum)}
	if runtime.GOOS == linux {
		r.proc = os.DirFS("/proc")
	}
	return r
}

const linux = "linux"

// Machine finds out what can be found out.
func (r *Reader) Machine() model.Machine {
	out := model.Machine{Version: r.version, Checksum: r.checksum()}
	out.Network, out.Interfaces = r.network()
	out.Route = r.route()
	out.Swap, out.Swaps = r.swap()
	return out
}

// network tells whether an interface is up that isn't the loopback.
func (r *Reader) network() (model.Knowledge, []string) {
	all, err := r.interfaces()
	if err != nil {
		return model.Unknown, nil
	}
	var up []string
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 && i.Flags&net.FlagLoopback == 0 {
			up = append(up, i.Name)
		}
	}
	return answer(len(up) > 0), up
}

func answer(yes bool) model.Knowledge {
	if yes {
		return model.Yes
	}
	return model.No
}

// The fields of the tables of routes in proc(5), and the flag of a route that leads nowhere.
const (
	destination4, mask4             = 1, 7
	destination6, prefix6, flags6   = 0, 1, 8
	interface6                      = 9
	reject                          = 0x200
	any4, any6, wholePrefix, looped = "00000000", "00000000000000000000000000000000", "00", "lo"
)

// route tells whether there is a way to any address.
func (r *Reader) route() model.Knowledge {
	four, known := r.table("net/route")
	if !known {
		return model.Unknown
	}
	six, _ := r.table("net/ipv6_route") // absent where the kernel has no IPv6
	leads := func(f []string) bool { return len(f) > mask4 && f[destination4] == any4 && f[mask4] == any4 }
	leads6 := func(f []string) bool {
		if len(f) <= interface6 || f[destination6] != any6 || f[prefix6] != wholePrefix || f[interface6] == looped {
			return false
		}
		flags, err := strconv.ParseUint(f[flags6], 16, 32)
		return err == nil && flags&reject == 0
	}
	return answer(slices.ContainsFunc(four, leads) || slices.ContainsFunc(six, leads6))
}

// swap tells whether memory may be written to a disk.
func (r *Reader) swap() (model.Knowledge, []string) {
	lines, known := r.table("swaps")
	if !known {
		return model.Unknown, nil
	}
	var names []string
	for _, f := range lines[min(1, len(lines)):] { // the first has the titles
		names = append(names, f[0])
	}
	return answer(len(names) > 0), names
}

// maxTable is the most bytes that are read of a table.
const maxTable = 1 << 20

// table is one of /proc: its lines, each as fields. known is false where there is no such.
func (r *Reader) table(name string) (lines [][]string, known bool) {
	if r.proc == nil {
		return nil, false
	}
	file, err := r.proc.Open(name)
	if err != nil {
		return nil, false
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxTable))
	if err != nil {
		return nil, false
	}
	for line := range bytes.Lines(content) {
		if f := strings.Fields(string(line)); len(f) > 0 {
			lines = append(lines, f)
		}
	}
	return lines, true
}

// checksum is the SHA-256 of the file that runs; nil where it can't be read. On Linux that is the file
// itself, also where another one has its name by now.
func checksum() []byte {
	path := "/proc/self/exe"
	if runtime.GOOS != linux {
		var err error
		if path, err = os.Executable(); err != nil {
			return nil
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return nil
	}
	return hash.Sum(nil)
}
