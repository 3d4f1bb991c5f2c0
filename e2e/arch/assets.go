package arch

import (
	"path"
	"slices"
)

// embedders are the packages that may embed files: assets, and that of the archive, whose
// README is part of what it writes.
var embedders = []string{"assets", "remote/archive"}

// practiceFile is the file of the practice world, which alone takes the practice keys.
const practiceFile = "practice.go"

// checkAssets checks that files are embedded where they are looked for, and that no part
// of the program but the practice world can meet the practice keys.
func checkAssets(f *file) []Violation {
	var found []Violation
	for _, imp := range f.imports() {
		if imp.path == "embed" && !slices.Contains(embedders, f.dir) {
			found = append(found, f.at(imp.pos, ruleEmbedded, "%s embeds files", f.dir))
		}
	}
	if path.Base(f.name) != practiceFile {
		found = append(found, f.uses(module+"/assets", []string{"PracticeKeys", "PracticeOwnKeys"}, ruleKeys)...)
	}
	return found
}
