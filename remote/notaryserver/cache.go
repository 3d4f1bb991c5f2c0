package notaryserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

// cacheSchema names the format of a cache file: one line that holds the SHA-256
// of the header, a space and the header in JSON, and behind it the bytes of the
// files one after another, each with its hash in the header.
const cacheSchema = "trustdeck-cache/v1"

// Bounds of a cache file.
const (
	maxHeader    = 4 << 20
	maxCacheFile = 1 << 30
	// maxLoaded is the largest file of which the content stays in memory.
	maxLoaded = 64 << 20
)

// Cache keeps, in one file for each repository, what was last read from one
// server. Losing it costs time and the memory of what was seen, never more: a
// damaged file is as good as none.
type Cache struct {
	dir    string
	server string
	log    func(model.Event)

	mu sync.Mutex
	// last is what was loaded last: a change looks at one repository several times.
	last loaded
}

// loaded is what a cache file holds, as long as it is this file.
type loaded struct {
	file  fs.FileInfo
	saved port.Saved
}

var _ port.Cache = (*Cache)(nil)

// NewCache keeps its files below dir, apart from those of other servers. The
// folder is made when something is first saved. log may be nil.
func NewCache(dir, server string, log func(model.Event)) *Cache {
	return &Cache{dir: filepath.Join(dir, disk.SafeName(server)), server: server, log: log}
}

type cacheHeader struct {
	Schema string       `json:"schema"`
	Server string       `json:"server"`
	GUN    model.GUN    `json:"gun"`
	Read   time.Time    `json:"read"`
	Files  []cacheEntry `json:"files"`
}

type cacheEntry struct {
	Role     model.RoleName `json:"role"`
	Length   int64          `json:"length"`
	SHA256   string         `json:"sha256"`
	Modified time.Time      `json:"modified"`
}

func (c *Cache) path(gun model.GUN) string {
	return filepath.Join(c.dir, disk.SafeName(string(gun))+".cache")
}

// Load returns what is saved of a repository. The bytes are shared with later answers.
func (c *Cache) Load(_ context.Context, gun model.GUN) (port.Saved, bool, error) {
	file, err := os.Stat(c.path(gun)) // before it is read: one that replaces it then is not taken for it
	if err == nil {
		if saved, ok := c.again(file); ok {
			return saved, true, nil
		}
	}
	raw, err := disk.Read(c.path(gun), maxCacheFile)
	if errors.Is(err, fs.ErrNotExist) {
		return port.Saved{}, false, nil
	}
	if err != nil {
		return port.Saved{}, false, err
	}
	header, saved, err := parseCache(raw)
	if err == nil && (header.GUN != gun || header.Server != c.server) {
		err = errors.New("it is for another repository")
	}
	if err != nil {
		c.warn(fmt.Sprintf("the cached data of %s is damaged and is ignored: %v", gun, err))
		return port.Saved{}, false, nil
	}
	if file != nil && len(raw) <= maxLoaded {
		c.mu.Lock()
		c.last = loaded{file, shared(saved)}
		c.mu.Unlock()
	}
	return saved, true, nil
}

// again returns what was loaded last, if it was of this file. Save puts another file in its place.
func (c *Cache) again(file fs.FileInfo) (port.Saved, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.last.file
	if last == nil || !os.SameFile(last, file) || last.Size() != file.Size() || !last.ModTime().Equal(file.ModTime()) {
		return port.Saved{}, false
	}
	return shared(c.last.saved), true
}

// shared is the same with a map of its own.
func shared(saved port.Saved) port.Saved {
	saved.Files = maps.Clone(saved.Files)
	return saved
}

func (c *Cache) warn(text string) {
	if c.log != nil {
		c.log(model.Event{Level: model.Warning, Kind: "cache", Text: text})
	}
}

func parseCache(raw []byte) (cacheHeader, port.Saved, error) {
	line, body, ok := bytes.Cut(raw, []byte("\n"))
	header, err := parseHeader(line)
	if !ok || err != nil {
		return header, port.Saved{}, errHeader
	}
	saved := port.Saved{Read: header.Read, Files: map[model.RoleName]port.File{}}
	for _, e := range header.Files {
		if e.Length < 0 || e.Length > int64(len(body)) {
			return header, saved, errors.New("it is cut short")
		}
		part := body[:e.Length:e.Length]
		body = body[e.Length:]
		if disk.Sum(part) != e.SHA256 {
			return header, saved, fmt.Errorf("the hash of %q is wrong", e.Role)
		}
		if _, twice := saved.Files[e.Role]; twice {
			return header, saved, fmt.Errorf("it contains %q twice", e.Role)
		}
		saved.Files[e.Role] = port.File{Bytes: part, Modified: e.Modified}
	}
	if len(body) != 0 {
		return header, saved, errors.New("there is data after the last file")
	}
	return header, saved, nil
}

var errHeader = errors.New("it has no header of this format")

func parseHeader(line []byte) (header cacheHeader, err error) {
	text, whole := disk.ParseSumLine(line)
	if !whole || json.Unmarshal(text, &header) != nil || header.Schema != cacheSchema {
		return header, errHeader
	}
	return header, nil
}

// Save replaces what is saved of a repository. Several trustdecks may do so at
// once; the last one stays.
func (c *Cache) Save(_ context.Context, gun model.GUN, saved port.Saved) error {
	header := cacheHeader{Schema: cacheSchema, Server: c.server, GUN: gun, Read: saved.Read.UTC()}
	roles := slices.Sorted(maps.Keys(saved.Files))
	for _, role := range roles {
		f := saved.Files[role]
		header.Files = append(header.Files, cacheEntry{role, int64(len(f.Bytes)), disk.Sum(f.Bytes), f.Modified})
	}
	line, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("cache of %s: %w", gun, err)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("cache folder: %w", err)
	}
	// What a power cut leaves half written fails its hash and is ignored.
	err = disk.File{Name: c.path(gun), Disposable: true}.Fill(func(file io.Writer) error {
		w := bufio.NewWriter(file)
		_, _ = w.Write(disk.SumLine(line)) // Flush has the error
		for _, role := range roles {
			_, _ = w.Write(saved.Files[role].Bytes)
		}
		return w.Flush()
	})
	if err != nil {
		return fmt.Errorf("cache file: %w", err)
	}
	return nil
}

// Repositories lists what is saved, from the headers alone.
func (c *Cache) Repositories(ctx context.Context) ([]port.Listed, error) {
	var out []port.Listed
	err := c.each(ctx, func(l port.Listed) bool {
		out = append(out, l)
		return true
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b port.Listed) int { return strings.Compare(string(a.GUN), string(b.GUN)) })
	return out, nil
}

// Empty reports whether nothing is saved, and reads no more than it takes to know.
func (c *Cache) Empty(ctx context.Context) bool {
	empty := true
	_ = c.each(ctx, func(port.Listed) bool { // what cannot be read is not there
		empty = false
		return false
	})
	return empty
}

// each hands over what is saved, in no order, until it is told to stop.
func (c *Cache) each(ctx context.Context, found func(port.Listed) (more bool)) error {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cache folder: %w", err)
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if filepath.Ext(e.Name()) != ".cache" || !e.Type().IsRegular() {
			continue
		}
		header, err := readHeader(filepath.Join(c.dir, e.Name()))
		if err != nil || header.Server != c.server {
			continue // Load says what is wrong with it, if anybody asks
		}
		if gun, err := model.ParseGUN(string(header.GUN)); err == nil && !found(port.Listed{GUN: gun}) {
			return nil
		}
	}
	return nil
}

func readHeader(path string) (header cacheHeader, err error) {
	f, err := os.Open(path)
	if err != nil {
		return header, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	r := bufio.NewReader(f)
	var line []byte
	for len(line) <= maxHeader {
		part, more, err := r.ReadLine()
		if err != nil {
			return header, err
		}
		line = append(line, part...)
		if !more {
			break
		}
	}
	return parseHeader(line)
}
