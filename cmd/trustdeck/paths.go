package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model/display"
	"trustdeck/tui/screen"
)

// mostPaths is how many entries of a folder are looked at.
const mostPaths = 10_000

// completePath completes a path as a shell does: up to where several names go on in
// different ways. Hidden files are offered once a dot is typed, and names that cannot be
// typed never.
func completePath(w settings.World) screen.Completer {
	return func(ctx context.Context, typed string) (screen.Completion, error) {
		out := screen.Completion{Typed: typed, Text: typed}
		if typed == "~" {
			out.Text = "~/"
			return out, nil
		}
		at := strings.LastIndexAny(typed, `/`+string(filepath.Separator)) + 1
		folder, start := typed[:at], typed[at:]
		dir, err := os.Open(w.Path(folder))
		if err != nil {
			return out, nil //nolint:nilerr // a folder that cannot be read completes nothing
		}
		defer func() { _ = dir.Close() }()   // it was only read
		entries, _ := dir.ReadDir(mostPaths) // what cannot be read is not offered
		if err := ctx.Err(); err != nil {
			return out, err
		}
		for _, e := range entries {
			name := e.Name()
			if !strings.HasPrefix(name, start) || start == "" && name[0] == '.' || display.Strip(name, len(name)) != name {
				continue
			}
			if isFolder(dir.Name(), e) {
				name += "/"
			}
			out.Paths = append(out.Paths, folder+name)
		}
		slices.Sort(out.Paths)
		if len(out.Paths) > 0 {
			out.Text = shared(out.Paths)
		}
		if len(out.Paths) == 1 {
			out.Paths = nil
		}
		return out, nil
	}
}

// isFolder reports whether an entry is a folder, or a link to one.
func isFolder(dir string, e os.DirEntry) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

// shared is what sorted paths begin with, all of them.
func shared(paths []string) string {
	first, last := []rune(paths[0]), []rune(paths[len(paths)-1])
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	return string(first[:n])
}
