//go:build amd64 || arm64

package trace

import (
	"bytes"
	"path/filepath"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// none is the number of an argument that a system call does not have.
const none = -1

// A call is a system call that changes a file: its name, and which of its arguments
// say what file.
type call struct {
	name string
	// path is the address of a path, below the open folder that dir names or else
	// the working folder. Where file is set, the first argument is an open file
	// instead.
	path, dir int
	file      bool
	// second and secondDir are the same for a second path; second is 0 where
	// there is none.
	second, secondDir int
	// flags are those of opening: without one that says so nothing is changed. how
	// is set where they lie in memory.
	flags int
	how   bool
	// writes is set where the third argument is a number of bytes to be written.
	writes bool
}

// calls are all that change files through their names or an open file. A change
// through mapped memory, io_uring or an ioctl is not seen; Go programs make none.
var calls = map[uint64]call{
	unix.SYS_OPENAT:          {name: "openat", dir: 0, path: 1, flags: 2},
	unix.SYS_OPENAT2:         {name: "openat2", dir: 0, path: 1, flags: 2, how: true},
	unix.SYS_WRITE:           {name: "write", file: true, writes: true},
	unix.SYS_PWRITE64:        {name: "pwrite64", file: true, writes: true},
	unix.SYS_WRITEV:          {name: "writev", file: true},
	unix.SYS_PWRITEV:         {name: "pwritev", file: true},
	unix.SYS_PWRITEV2:        {name: "pwritev2", file: true},
	unix.SYS_SENDFILE:        {name: "sendfile", file: true},
	unix.SYS_FSYNC:           {name: "fsync", file: true},
	unix.SYS_FDATASYNC:       {name: "fdatasync", file: true},
	unix.SYS_SYNC_FILE_RANGE: {name: "sync_file_range", file: true},
	unix.SYS_FTRUNCATE:       {name: "ftruncate", file: true},
	unix.SYS_FALLOCATE:       {name: "fallocate", file: true},
	unix.SYS_FCHMOD:          {name: "fchmod", file: true},
	unix.SYS_FCHOWN:          {name: "fchown", file: true},
	unix.SYS_TRUNCATE:        {name: "truncate", path: 0, dir: none, flags: none},
	unix.SYS_RENAMEAT:        {name: "renameat", dir: 0, path: 1, secondDir: 2, second: 3, flags: none},
	unix.SYS_RENAMEAT2:       {name: "renameat2", dir: 0, path: 1, secondDir: 2, second: 3, flags: none},
	unix.SYS_LINKAT:          {name: "linkat", dir: 0, path: 1, secondDir: 2, second: 3, flags: none},
	unix.SYS_SYMLINKAT:       {name: "symlinkat", dir: 1, path: 2, flags: none},
	unix.SYS_UNLINKAT:        {name: "unlinkat", dir: 0, path: 1, flags: none},
	unix.SYS_MKDIRAT:         {name: "mkdirat", dir: 0, path: 1, flags: none},
	unix.SYS_MKNODAT:         {name: "mknodat", dir: 0, path: 1, flags: none},
	unix.SYS_FCHMODAT:        {name: "fchmodat", dir: 0, path: 1, flags: none},
	unix.SYS_FCHMODAT2:       {name: "fchmodat2", dir: 0, path: 1, flags: none},
	unix.SYS_FCHOWNAT:        {name: "fchownat", dir: 0, path: 1, flags: none},
	unix.SYS_UTIMENSAT:       {name: "utimensat", dir: 0, path: 1, flags: none},
}

// callOf looks a system call up by its number.
func callOf(number uint64) (call, bool) {
	c, ok := calls[number]
	if !ok {
		c, ok = oldCalls[number]
	}
	return c, ok
}

// opening are the flags of which one is set where opening a file may change it.
const opening = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC

// point makes a point of a system call that a thread has entered, where it changes
// something below the folder that is watched.
func (t *Tracer) point(tid int, c call, args [6]uint64) (Point, bool) {
	if c.file {
		return t.named(c, fileOf(tid, args[0]), "")
	}
	if c.flags != none {
		flags := args[c.flags]
		if c.how {
			flags = word(tid, flags)
		}
		if flags&opening == 0 {
			return Point{}, false
		}
	}
	second := ""
	if c.second != 0 {
		second = pathOf(tid, args, c.secondDir, c.second)
	}
	return t.named(c, pathOf(tid, args, c.dir, c.path), second)
}

// named is a point at one or two files, one of which is below the folder.
func (t *Tracer) named(c call, first, second string) (Point, bool) {
	path, below := t.below(first)
	if !below {
		path = first
	}
	if second != "" {
		other, also := t.below(second)
		if !also {
			other = second
		}
		path, below = path+" -> "+other, below || also
	}
	return Point{Call: c.name, Path: path}, below
}

// fileOf is the path of an open file of a thread; "" for a socket and the like.
func fileOf(tid int, fd uint64) string {
	return link(tid, "fd/"+strconv.Itoa(int(int32(fd))))
}

// pathOf is the path that two arguments of a system call name.
func pathOf(tid int, args [6]uint64, dir, path int) string {
	name := text(tid, args[path])
	switch {
	case filepath.IsAbs(name):
		return filepath.Clean(name)
	case dir == none || int32(args[dir]) == unix.AT_FDCWD:
		return filepath.Join(link(tid, "cwd"), name)
	default:
		return filepath.Join(fileOf(tid, args[dir]), name)
	}
}

// link reads a link that the kernel keeps of a thread.
func link(tid int, name string) string {
	var target [unix.PathMax]byte
	n, err := unix.Readlink("/proc/"+strconv.Itoa(tid)+"/"+name, target[:])
	if err != nil {
		return ""
	}
	return string(target[:n])
}

// text reads a string of a thread, page by page: the next one may not be there.
func text(tid int, address uint64) string {
	var out []byte
	const page = 4096
	for len(out) < unix.PathMax {
		chunk := make([]byte, page-address%page)
		n := read(tid, address, chunk)
		if end := bytes.IndexByte(chunk[:n], 0); end >= 0 {
			return string(append(out, chunk[:end]...))
		}
		if n == 0 {
			break
		}
		out, address = append(out, chunk[:n]...), address+uint64(n)
	}
	return string(out)
}

// word reads a number of a thread.
func word(tid int, address uint64) uint64 {
	var value uint64
	read(tid, address, unsafe.Slice((*byte)(unsafe.Pointer(&value)), unsafe.Sizeof(value)))
	return value
}

// read copies the memory of a thread, and returns how much of it there is.
func read(tid int, address uint64, into []byte) int {
	local := []unix.Iovec{{Base: &into[0]}}
	local[0].SetLen(len(into))
	n, err := unix.ProcessVMReadv(tid, local, []unix.RemoteIovec{{Base: uintptr(address), Len: len(into)}}, 0)
	if err != nil {
		return 0
	}
	return n
}
