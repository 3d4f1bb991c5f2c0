package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// module is the import path of the root folder.
const module = "trustdeck"

// file is one Go source file, parsed.
type file struct {
	// name is its path from the root folder, with slashes.
	name string
	// dir is the folder that holds it; "." is the root folder.
	dir  string
	test bool
	ast  *ast.File
	fset *token.FileSet
}

// imported is one import of a file.
type imported struct {
	path string
	pos  token.Pos
}

// imports lists what the file imports.
func (f *file) imports() []imported {
	var list []imported
	for _, spec := range f.ast.Imports {
		// The parser has accepted the literal, so it unquotes.
		p, _ := strconv.Unquote(spec.Path.Value)
		list = append(list, imported{path: p, pos: spec.Pos()})
	}
	return list
}

// localName is the name by which the file refers to the package with the import
// path p, or "" where it does not import it.
func (f *file) localName(p string) string {
	for i, imp := range f.imports() {
		if imp.path != p {
			continue
		}
		if name := f.ast.Imports[i].Name; name != nil {
			return name.Name
		}
		return path.Base(p)
	}
	return ""
}

// at returns a violation at a place in the file.
func (f *file) at(pos token.Pos, rule, format string, args ...any) Violation {
	return Violation{
		Rule: rule,
		File: f.name,
		Line: f.fset.Position(pos).Line,
		Text: fmt.Sprintf(format, args...),
	}
}

// within reports whether the folder dir is parent or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}

// own returns the folder of a package of this module, from its import path.
func own(importPath string) (dir string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// standard reports whether an import path is one of the standard library: only
// there, the first element has no dot.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	_, isOwn := own(importPath)
	return !isOwn && !strings.Contains(first, ".")
}

// readSource parses every Go file below the folder top, "." for all of them, except
// in testdata and in folders that the go command ignores. The module e2e is read only
// where it is asked for.
func readSource(root fs.FS, top string) ([]*file, error) {
	var files []*file
	fset := token.NewFileSet()
	err := fs.WalkDir(root, top, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != top && (name == "e2e" || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &file{
			name: name, dir: path.Dir(name), test: strings.HasSuffix(base, "_test.go"), ast: parsed, fset: fset,
		})
		return nil
	})
	return files, err
}
