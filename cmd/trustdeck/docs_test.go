package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// docs/commands.md and the manual pages in docs/man are made from the commands
// themselves: go test ./cmd/trustdeck -run TestDocs -update
func TestDocs(t *testing.T) {
	root := newRoot(newRig(t).app())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	prepareDocs(root)
	pages := map[string][]byte{"commands.md": commandsPage(t, root)}
	man := t.TempDir()
	date := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	header := &doc.GenManHeader{Title: "TRUSTDECK", Section: "1", Source: "trustdeck", Manual: "trustdeck", Date: &date}
	if err := doc.GenManTree(root, header, man); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(man)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pages[filepath.Join("man", e.Name())] = []byte(read(t, filepath.Join(man, e.Name())))
	}
	if *update {
		writePages(t, pages)
	}
	for name, want := range pages {
		if got, err := os.ReadFile(filepath.Join("../../docs", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the commands say: %v (-update writes it again)", name, err)
		}
	}
	written, err := os.ReadDir("../../docs/man")
	if err != nil || len(written) != len(pages)-1 {
		t.Errorf("docs/man has %d pages, want %d: %v", len(written), len(pages)-1, err)
	}
}

func writePages(t *testing.T, pages map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll("../../docs/man"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("../../docs/man", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range pages {
		if err := os.WriteFile(filepath.Join("../../docs", name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// prepareDocs leaves out what would differ between machines or say nothing.
func prepareDocs(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	for _, child := range cmd.Commands() {
		if child.Name() == "help" {
			cmd.RemoveCommand(child)
			continue
		}
		prepareDocs(child)
	}
}

// commandsPage is one page with all commands, a section each.
func commandsPage(t *testing.T, root *cobra.Command) []byte {
	t.Helper()
	var page bytes.Buffer
	page.WriteString("# Commands\n\nMade from the commands themselves; `trustdeck help COMMAND` says the same.\n\n")
	var add func(*cobra.Command)
	add = func(cmd *cobra.Command) {
		if !cmd.IsAvailableCommand() && !cmd.IsAdditionalHelpTopicCommand() {
			return
		}
		path := cmd.CommandPath()
		if !cmd.Runnable() {
			path = root.Name() + " help " + cmd.Name()
		}
		page.WriteString("## " + path + "\n\n" + cmd.Short + ".\n\n")
		if cmd.Runnable() {
			page.WriteString("```\n" + cmd.UseLine() + "\n```\n\n")
		}
		if cmd.Long != "" {
			long := strings.TrimPrefix(cmd.Long, cmd.Short+".\n\n")
			if cmd.Runnable() {
				page.WriteString(long + "\n\n")
			} else {
				page.WriteString("```\n" + long + "\n```\n\n")
			}
		}
		if cmd.Example != "" {
			page.WriteString("```sh\n" + cmd.Example + "\n```\n\n")
		}
		flags := cmd.NonInheritedFlags()
		if cmd == root {
			flags = cmd.PersistentFlags()
			page.WriteString("Flags of all commands:\n\n")
		}
		if flags.HasAvailableFlags() {
			page.WriteString("```\n" + flags.FlagUsages() + "```\n\n")
		}
		if cmd.Name() == "completion" {
			return
		}
		for _, child := range cmd.Commands() {
			add(child)
		}
	}
	add(root)
	return append(bytes.TrimRight(page.Bytes(), "\n"), '\n')
}
