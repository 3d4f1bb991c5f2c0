package arch

import (
	"go/ast"
	"slices"
)

// What the program does in one place only.
const ruleDisk = "one writer of files"

// diskDir is the package that writes files, and the only one below internal.
const diskDir = "internal/disk"

// writing is what package os offers to make, change or rename a file. To open one for
// writing takes a flag, whichever function is called.
var writing = []string{
	"Create", "CreateTemp", "Link", "OpenFile", "Rename", "Symlink", "Truncate", "WriteFile",
	"O_APPEND", "O_CREATE", "O_EXCL", "O_RDWR", "O_TRUNC", "O_WRONLY",
}

// lasting are the methods of files and folders by which a change is made, or made last.
var lasting = []string{"Rename", "Sync", "WriteFile"}

// writers are the files that write without internal/disk, and why.
var writers = map[string]string{
	"cmd/trustdeck/logfile.go":  "adds lines to a log, and waits for no disk",
	"remote/sandbox/journal.go": "keeps its file open, and cuts off what it could not add",
	"tui/tuitest/golden.go":     "writes the golden files of tests",
}

// checkDisk checks that files are written, and folders locked, by internal/disk alone.
func checkDisk(f *file) []Violation {
	if f.dir == diskDir || writers[f.name] != "" {
		return nil
	}
	found := f.uses("os", writing, ruleDisk)
	for _, imp := range f.imports() {
		if imp.path == "github.com/gofrs/flock" {
			found = append(found, f.at(imp.pos, ruleDisk, "%s imports %s", f.dir, imp.path))
		}
	}
	packages := []string{f.localName("os"), f.localName(module + "/" + diskDir)}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains(lasting, selector.Sel.Name) {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); !ok || !slices.Contains(packages, x.Name) {
			found = append(found, f.at(selector.Pos(), ruleDisk, "calls %s of a file or folder", selector.Sel.Name))
		}
		return true
	})
	return found
}
