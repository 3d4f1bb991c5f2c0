package docker

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fvbommel/sortorder"
	"github.com/mattn/go-runewidth"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Docker's table: columns are at least 10 wide and end in 3 spaces.
const (
	dockerMinWidth = 10
	dockerPadding  = 3
	// dockerShortID is how much docker shows of a key ID.
	dockerShortID = 12
)

// dockerWidth measures as docker does in a locale that is not East Asian.
var dockerWidth = runewidth.Condition{StrictEmojiNeutral: true}

// InspectPretty writes what "docker trust inspect --pretty" of Docker 28.2.2
// writes. It stops at the first image that cannot be shown; the error is what
// docker then writes to standard error before it exits with code 1.
// Unprintable characters, which docker writes as they are, become escapes.
func InspectPretty(w io.Writer, images []Image) error {
	for i, image := range images {
		if err := image.err(); err != nil {
			return err
		}
		text := dockerPretty(image)
		if i < len(images)-1 {
			text += "\n\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

func dockerPretty(image Image) string {
	var b strings.Builder
	arg := display.Inline(image.Arg)
	if tags := dockerTags(image.Repository, image.Tag); len(tags) > 0 {
		fmt.Fprintf(&b, "\nSignatures for %s\n\n", arg)
		rows := [][]string{{"SIGNED TAG", "DIGEST", "SIGNERS"}}
		for _, t := range tags {
			names := slices.Sorted(slices.Values(t.Signers))
			if len(names) == 0 {
				names = []string{"(" + repoAdmin + ")"}
			}
			rows = append(rows, []string{display.Inline(t.SignedTag), t.Digest, display.Inline(strings.Join(names, ", "))})
		}
		dockerTable(&b, rows)
	} else {
		fmt.Fprintf(&b, "\nNo signatures for %s\n\n", arg)
	}
	if signers := dockerSigners(image.Repository); len(signers) > 0 {
		fmt.Fprintf(&b, "\nList of signers and their keys for %s\n\n", arg)
		rows := [][]string{{"SIGNER", "KEYS"}}
		for _, name := range slices.SortedFunc(maps.Keys(signers), sortorder.NaturalCompare) {
			keys := slices.Sorted(slices.Values(signers[name]))
			for i, id := range keys {
				keys[i] = id[:min(len(id), dockerShortID)]
			}
			rows = append(rows, []string{display.Inline(name), strings.Join(keys, ", ")})
		}
		dockerTable(&b, rows)
	}
	fmt.Fprintf(&b, "\nAdministrative keys for %s\n\n", arg)
	for _, role := range []struct {
		name  model.RoleName
		label string
	}{{model.RoleTargets, "Repository Key"}, {model.RoleRoot, "Root Key"}} {
		keys := slices.Sorted(slices.Values(dockerAdminKeys(image.Repository, role.name)))
		fmt.Fprintf(&b, "  %s:\t%s\n", role.label, strings.Join(keys, ", "))
	}
	return b.String()
}

// dockerTable aligns all columns but the last.
func dockerTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0])-1)
	for column := range widths {
		widths[column] = dockerMinWidth
		for _, row := range rows {
			widths[column] = max(widths[column], dockerWidth.StringWidth(row[column])+dockerPadding)
		}
	}
	for _, row := range rows {
		for column, cell := range row {
			b.WriteString(cell)
			if column < len(widths) {
				b.WriteString(strings.Repeat(" ", widths[column]-dockerWidth.StringWidth(cell)))
			}
		}
		b.WriteByte('\n')
	}
}
