package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/tui/screen"
)

// browseFolder reads the folder of a path that is typed: that, else the nearest one above it
// that can be read.
func browseFolder(w settings.World) screen.Browser {
	return func(ctx context.Context, typed string) (screen.Folder, error) {
		if typed == "~" {
			typed = "~/"
		}
		at := strings.LastIndexAny(typed, `/`+string(filepath.Separator)) + 1
		out := screen.Folder{Path: typed[:at], Start: typed[at:]}
		entries, err := readFolder(w.Path(out.Path))
		for err != nil {
			above, ok := folderAbove(w, out.Path)
			if !ok {
				return out, err
			}
			out.Path, out.Start = above, ""
			entries, err = readFolder(w.Path(above))
		}
		if above, ok := folderAbove(w, out.Path); ok {
			out.Files = append(out.Files, screen.File{Name: "..", Path: above, Folder: true, Size: -1})
		}
		out.More = len(entries) == mostPaths
		out.Files = append(out.Files, filesOf(ctx, out.Path, w.Path(out.Path), entries)...)
		return out, ctx.Err()
	}
}

func readFolder(path string) ([]os.DirEntry, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }() // it was only read
	entries, err := dir.ReadDir(mostPaths)
	if errors.Is(err, io.EOF) || len(entries) > 0 {
		err = nil
	}
	return entries, err
}

// filesOf lists the entries of a folder: folders first, and hidden ones after the others.
func filesOf(ctx context.Context, folder, dir string, entries []os.DirEntry) []screen.File {
	out := make([]screen.File, 0, len(entries))
	for _, e := range entries {
		if ctx.Err() != nil {
			return nil
		}
		f := screen.File{Name: e.Name(), Path: folder + e.Name(), Folder: isFolder(dir, e), Size: -1}
		if folder == "" && f.Name[0] == '~' {
			f.Path = "./" + f.Path // without that it is somebody's home folder
		}
		if f.Folder {
			f.Path += "/"
		} else if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			f.Size = info.Size()
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b screen.File) int {
		return cmp.Or(order(b.Folder, a.Folder), order(a.Name[0] == '.', b.Name[0] == '.'), strings.Compare(a.Name, b.Name))
	})
	return out
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// folderAbove is the folder above one, in the way in which that is typed. The root has none.
func folderAbove(w settings.World, folder string) (above string, ok bool) {
	full := w.Path(folder)
	up := filepath.Dir(full)
	switch {
	case up == full:
		return "", false
	case strings.Trim(folder, "./") == "": // the working folder, or one above it
		return folder + "../", true
	case folder == "~/":
		return strings.TrimSuffix(up, "/") + "/", true
	}
	folder = strings.TrimRightFunc(folder, func(r rune) bool { return r == '/' || r == filepath.Separator })
	return folder[:strings.LastIndexAny(folder, `/`+string(filepath.Separator))+1], true
}
