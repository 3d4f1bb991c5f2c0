package arch

import (
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// The source of trustdeck keeps every rule.
func TestTrustdeck(t *testing.T) {
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	files, err := readSource(os.DirFS(root), ".")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(files, func(f *file) bool { return f.dir == "model" }) {
		t.Fatal("found no source of the model: nothing was checked")
	}
	checkHere(t, Check)
}

// checkHere fails where this very source breaks a rule.
func checkHere(t *testing.T, check func(fs.FS) ([]Violation, error)) {
	t.Helper()
	found, err := check(os.DirFS(filepath.Join("..", "..")))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// expect fails unless text is all that was found, at its line; "" is nothing.
func expect(t *testing.T, found []Violation, err error, text string, line int) {
	t.Helper()
	switch {
	case err != nil:
		t.Fatal(err)
	case text == "" && len(found) > 0:
		t.Errorf("found %v, want nothing", found)
	case text != "" && (len(found) != 1 || found[0].Text != text || found[0].Line != line):
		t.Errorf("found %v, want %q at line %d", found, text, line)
	}
}

// tree is source that keeps every rule, to which each case adds files.
func tree(extra map[string]string) fstest.MapFS {
	source := map[string]string{
		"cmd/trustdeck/main.go": `package main
			import (_ "os"; _ "trustdeck/assets"; _ "trustdeck/internal/disk"; _ "trustdeck/model"
				_ "trustdeck/cmd/trustdeck/internal/wiring"; _ "trustdeck/tui")`,
		"cmd/trustdeck/internal/wiring/a.go": `package wiring; import (_ "trustdeck/keystore/trustdir"; _ "trustdeck/remote/archive")`,
		"assets/assets.go":                   `package assets; import _ "embed"`,
		"model/role.go":                      `package model; import ("fmt"; "time"); func F(t time.Time) string { return fmt.Sprint(t) }`,
		"model/role_test.go":                 `package model_test; import ("os"; "time"); var _, _ = time.Now(), os.Args`,
		"model/admin/service.go":             `package admin; import (_ "golang.org/x/sync/errgroup"; _ "net/url"; _ "trustdeck/model/dialect")`,
		"model/notary/load.go":               `package notary; import (_ "crypto/x509"; _ "trustdeck/model")`,
		"keystore/trustdir/a.go":             `package trustdir; import (_ "os"; _ "trustdeck/model"; _ "trustdeck/keystore/backup")`,
		"keystore/backup/a.go":               `package backup; import _ "filippo.io/age"`,
		"remote/archive/a.go":                `package archive; import (_ "net/http"; _ "trustdeck/model/admin")`,
		"tui/app.go":                         `package tui; import (_ "os"; _ "trustdeck/tui/screen/role"; _ "charm.land/bubbletea/v2")`,
		"tui/screen/role/a.go":               `package role; import (_ "trustdeck/tui/screen/role/row"; _ "trustdeck/model/admin")`,
		"tui/screen/role/row/a.go":           `package row; import _ "trustdeck/tui/widget"`,
		"tui/widget/a.go":                    `package widget`,
		"internal/disk/a.go":                 `package disk; import _ "os"`,
		"e2e/x/a.go":                         `package x; import _ "trustdeck/tui"`,
		"model/testdata/util/a.go":           `package util; import _ "os"`,
		".ci/tool/a.go":                      `package util`,
	}
	maps.Copy(source, extra)
	fsys := make(fstest.MapFS, len(source))
	for name, text := range source {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestCheck(t *testing.T) {
	cases := []struct {
		name, file, source string
		// want is the rule that the file breaks; "" where it keeps them all.
		want string
	}{
		{name: "nothing added"},

		{"a new top-level folder", "pkg/a.go", `package pkg`, ruleFolders},
		{"a new top-level folder without source", "scripts/a.sh", ``, ruleFolders},
		{"a vague package", "model/util/a.go", `package util`, ruleNames},
		{"a vague package in a folder with another name", "tui/text/a.go", `package common`, ruleNames},
		{"a vague folder", "remote/types/a.go", `package remote`, ruleNames},
		{"a vague package of tests", "tui/helpers/a_test.go", `package helpers_test`, ruleNames},

		{"model imports tui", "model/a.go", `package model; import _ "trustdeck/tui/text"`, ruleArrows},
		{"model imports keystore", "model/admin/a.go", `package admin; import _ "trustdeck/keystore/trustdir"`, ruleArrows},
		{"model imports remote", "model/admin/a.go", `package admin; import _ "trustdeck/remote/archive"`, ruleArrows},
		{"model imports assets", "model/admin/a.go", `package admin; import _ "trustdeck/assets"`, ruleArrows},
		{"keystore imports remote", "keystore/trustdir/b.go", `package trustdir; import _ "trustdeck/remote/archive"`, ruleArrows},
		{"remote imports keystore", "remote/archive/b.go", `package archive; import _ "trustdeck/keystore/trustdir"`, ruleArrows},
		{"keystore imports tui", "keystore/trustdir/b.go", `package trustdir; import _ "trustdeck/tui"`, ruleArrows},
		{"remote imports assets", "remote/archive/b.go", `package archive; import _ "trustdeck/assets"`, ruleArrows},
		{"tui imports keystore", "tui/b.go", `package tui; import _ "trustdeck/keystore/trustdir"`, ruleArrows},
		{"tui imports remote", "tui/b.go", `package tui; import _ "trustdeck/remote/archive"`, ruleArrows},
		{"tui imports assets", "tui/b.go", `package tui; import _ "trustdeck/assets"`, ruleArrows},
		{"assets imports model", "assets/b.go", `package assets; import _ "trustdeck/model"`, ruleArrows},
		{"somebody imports cmd", "tui/b.go", `package tui; import _ "trustdeck/cmd/trustdeck"`, ruleArrows},
		{"somebody imports the tests against peers", "cmd/trustdeck/b.go", `package main; import _ "trustdeck/e2e/peer"`, ruleArrows},
		{"a file for another system", "model/a_windows.go", `package model; import _ "trustdeck/tui"`, ruleArrows},
		{"a file with a build tag", "tui/b.go", "//go:build yubikey\n\npackage tui; import _ \"trustdeck/keystore/yubikey\"", ruleArrows},
		{"a test that imports what it wants", "tui/b_test.go", `package tui_test; import _ "trustdeck/remote/archive"`, ""},

		{"plans know a dialect", "model/plan/a.go", `package plan; import _ "trustdeck/model/notary"`, ruleNeutral},
		{"use cases know conventions", "model/admin/a.go", `package admin; import _ "trustdeck/model/notary/docker"`, ruleNeutral},
		{"screens know a dialect", "tui/b.go", `package tui; import _ "trustdeck/model/tuf"`, ruleNeutral},
		{"backups know a dialect", "keystore/backup/b.go", `package backup; import _ "trustdeck/model/notary"`, ruleNeutral},
		{"one dialect knows another", "model/tuf/a.go", `package tuf; import _ "trustdeck/model/notary"`, ruleNeutral},
		{"a server that speaks another", "remote/notaryserver/a.go", `package notaryserver; import _ "trustdeck/model/tuf"`, ruleNeutral},
		{"conventions on their dialect", "model/notary/docker/a.go", `package docker; import _ "trustdeck/model/notary"`, ""},
		{"the key files of a dialect", "keystore/trustdir/b.go", `package trustdir; import _ "trustdeck/model/notary"`, ""},
		{"a plan tells dialects apart", "model/plan/a.go", `package plan; import "trustdeck/model"; func F(d model.Dialect) bool { return d == model.NotaryV1 }`, ruleNoDialect},
		{"the model tells them apart", "model/a.go", `package model; func F(r *Repository) bool { return other == NotaryV1 }`, ruleNoDialect},
		{"a field is compared", "tui/b.go", `package tui; func F(r *R) bool { return "x" != (r.Dialect) }`, ruleNoDialect},
		{"a name is compared", "model/admin/a.go", `package admin; func F(d *Service) bool { return d.Dialect.Name() == "x" }`, ruleNoDialect},
		{"the name of a parameter is compared", "model/health/a.go", `package health; func F(dialect D) bool { return dialect.Name() == "x" }`, ruleNoDialect},
		{"a converted name is compared", "model/report/a.go", `package report; func F(r *R) bool { return string(r.Dialect) == "x" }`, ruleNoDialect},
		{"a switch over names", "tui/flows/a.go", `package flows; func F(f *Facts) { switch f.Dialect.Name() { case "x": } }`, ruleNoDialect},
		{"whether there is a dialect", "tui/b.go", `package tui; func F(r *R) bool { return r.Dialect == nil }`, ""},
		{"another name is compared", "tui/b.go", `package tui; func F(r *R) bool { return r.Name() == "x" && r.Signer == "y" }`, ""},
		{"a dialect knows its name", "model/notary/a.go", `package notary; import "trustdeck/model"; func F(d model.Dialect) bool { return d == model.NotaryV1 }`, ""},
		{"its name is declared", "model/repository.go", `package model; const NotaryV1 Dialect = "notary-v1"`, ""},
		{"a screen names a client", "tui/screen/keys/a.go", `package keys; var S = "To pull: docker pull NAME"`, ruleWords},
		{"in capitals, and raw", "model/health/a.go", "package health; var S = `signed as Notary does`", ruleWords},
		{"a variable of a client", "tui/screen/tag/a.go", `package tag; const S = "DOCKER_CONTENT_TRUST=1"`, ruleWords},
		{"a role of one dialect", "model/admin/a.go", `package admin; var S = "targets/releases does not list the key"`, ruleWords},
		{"a field of JSON", "model/report/a.go", "package report; type T struct { A string `json:\"notary\"` }", ruleWords},
		{"a string that another file may hold", "tui/screen/keys/a.go", `package keys; var S = "docker: "`, ruleWords},
		{"another string of a file that may hold one", "tui/screen/settings.go", `package screen; var S = "notarydocker"`, ruleWords},
		{"a comment names a client", "tui/screen/keys/a.go", "package keys\n\n// As docker has it.\nvar S = \"\"", ""},
		{"settings name the file of a client", "tui/screen/settings/rows.go", `package settings; var S = "notary's config.json"`, ""},
		{"variables with passphrases", "tui/secrets/words.go", `package secrets; var S = "NOTARY_ROOT_PASSPHRASE"`, ""},
		{"a dialect names its clients", "model/notary/docker/a.go", `package docker; var S = "docker pull"`, ""},
		{"tests name them", "tui/tuitest/a.go", `package tuitest; var S = "docker pull"`, ""},
		{"what serves tests", "tui/tuitest/a.go", `package tuitest; import _ "trustdeck/model/notary/docker"`, ""},

		{"a port knows a use case", "model/port/a.go", `package port; import _ "trustdeck/model/admin"`, rulePorts},
		{"a port knows a format", "model/port/a.go", `package port; import _ "trustdeck/model/dialect"`, rulePorts},
		{"a port speaks of what is remembered", "model/port/a.go", `package port; import (_ "trustdeck/model"; _ "trustdeck/model/memory")`, ""},

		{"looking knows what saves", "model/admin/a.go", `package admin; import _ "trustdeck/model/admin/archive"`, ruleUseCases},
		{"a use case knows another", "model/admin/backup/a.go", `package backup; import _ "trustdeck/model/admin/archive"`, ruleUseCases},
		{"a use case looks", "model/admin/archive/a.go", `package archive; import (_ "trustdeck/model/admin"; _ "trustdeck/model/plan")`, ""},

		{"a screen imports another", "tui/screen/keys/a.go", `package keys; import _ "trustdeck/tui/screen/role"`, ruleScreens},
		{"the engine knows its flows", "tui/flow/a.go", `package flow; import _ "trustdeck/tui/flows"`, ruleFlows},
		{"a front end knows what one flow comes to", "tui/plain/a.go", `package plain; import _ "trustdeck/model/plan"`, ruleFlows},
		{"the flows know plans", "tui/flows/a.go", `package flows; import (_ "trustdeck/model/plan"; _ "trustdeck/tui/flow")`, ""},
		{"a screen imports a part of another", "tui/screen/keys/a.go", `package keys; import _ "trustdeck/tui/screen/role/row"`, ruleScreens},

		{"the writer of files imports model", "internal/disk/b.go", `package disk; import _ "trustdeck/model"`, ruleArrows},
		{"tui imports the writer of files", "tui/b.go", `package tui; import _ "trustdeck/internal/disk"`, ruleArrows},
		{"model imports the writer of files", "model/b.go", `package model; import _ "trustdeck/internal/disk"`, ruleArrows},

		{"a file is renamed", "remote/archive/b.go", `package archive; import "os"; func F() { os.Rename("a", "b") }`, ruleDisk},
		{"a temporary file", "cmd/trustdeck/b.go", `package main; import "os"; var F = os.CreateTemp`, ruleDisk},
		{"a file is opened for writing", "keystore/trustdir/b.go", `package trustdir; import "os"; func F(r *os.Root) { r.OpenFile("a", os.O_WRONLY, 0) }`, ruleDisk},
		{"a file of a folder is renamed", "keystore/trustdir/b.go", `package trustdir; import "os"; func F(r *os.Root) { r.Rename("a", "b") }`, ruleDisk},
		{"a folder is made to last", "remote/archive/b.go", `package archive; type f interface{ Sync() error }; func F(x f) { x.Sync() }`, ruleDisk},
		{"a lock", "remote/archive/b.go", `package archive; import _ "github.com/gofrs/flock"`, ruleDisk},
		{"the writer of files writes", "internal/disk/b.go", `package disk; import "os"; var F = os.Rename`, ""},
		{"writing by the writer of files", "keystore/trustdir/b.go", `package trustdir; import ("os"; "trustdeck/internal/disk"); func F(r *os.Root) { disk.Rename(""); disk.Sync(r) }`, ""},

		{"a sanitiser", "remote/archive/b.go", `package archive; import "unicode"; func F(r rune) bool { return unicode.IsPrint(r) }`, ruleDisplay},
		{"a class of characters", "tui/b.go", `package tui; import "unicode"; var T = unicode.Cf`, ruleDisplay},
		{"escapes of another kind", "cmd/trustdeck/b.go", `package main; import "strconv"; func F(s string) string { return strconv.QuoteToASCII(s) }`, ruleDisplay},
		{"the sanitiser looks at classes", "model/display/b.go", `package display; import "unicode"; var F = unicode.IsPrint`, ""},
		{"letters and quotes", "tui/b.go", `package tui; import ("strconv"; "unicode"); var F, G, H = strconv.Quote, unicode.IsLetter, unicode.ToUpper`, ""},

		{"a command opens a trust folder", "cmd/trustdeck/b.go", `package main; import _ "trustdeck/keystore/trustdir"`, ruleWiring},
		{"a helper of commands asks a server", "cmd/trustdeck/internal/table/b.go", `package table; import _ "trustdeck/remote/registry"`, ruleWiring},

		{"a command reaches a token", "cmd/trustdeck/b.go", `package main; import _ "github.com/go-piv/piv-go/v2/piv"`, ruleTokens},
		{"another store reaches readers", "keystore/trustdir/b.go", `package trustdir; import _ "github.com/ebfe/scard"`, ruleTokens},
		{"the store of YubiKeys loads modules", "keystore/yubikey/b.go", `package yubikey; import _ "github.com/miekg/pkcs11"`, ruleTokens},
		{"a command loads modules", "cmd/trustdeck/b.go", `package main; import _ "github.com/miekg/pkcs11"`, ruleTokens},
		{"the store of modules loads them", "keystore/pkcs11/b.go", `package pkcs11; import _ "github.com/miekg/pkcs11"`, ""},
		{"the store of tokens reaches them", "keystore/yubikey/b.go", `package yubikey; import _ "github.com/ebfe/scard"`, ""},

		{"a module in the model", "model/health/a.go", `package health; import _ "golang.org/x/sync/errgroup"`, ruleExternal},
		{"a module in a dialect", "model/notary/a.go", `package notary; import _ "golang.org/x/crypto/ed25519"`, ruleExternal},
		{"another module than allowed", "model/admin/a.go", `package admin; import _ "github.com/spf13/cobra"`, ruleExternal},

		{"the model reads files", "model/plan/a.go", `package plan; import _ "os"`, rulePure},
		{"the model starts programs", "model/bundle/a.go", `package bundle; import _ "os/exec"`, rulePure},
		{"the model walks folders", "model/a.go", `package model; import _ "path/filepath"`, rulePure},
		{"the use cases read files", "model/admin/a.go", `package admin; import _ "os"`, rulePure},
		{"the model dials", "model/admin/a.go", `package admin; import _ "net"`, rulePure},
		{"the model asks servers", "model/admin/a.go", `package admin; import _ "net/http"`, rulePure},
		{"the model calls the system", "model/notary/a.go", `package notary; import _ "syscall"`, rulePure},
		{"the model logs", "model/notary/a.go", `package notary; import _ "log/slog"`, rulePure},

		{"the model asks the time", "model/a.go", `package model; import "time"; var T = time.Now()`, ruleClock},
		{"the model hands the clock on", "model/admin/a.go", `package admin; import "time"; var Clock = time.Now`, ruleClock},
		{"the model waits", "model/admin/a.go", `package admin; import "time"; func F() { <-time.After(1) }`, ruleClock},
		{"the model sleeps", "model/admin/a.go", `package admin; import "time"; func F() { time.Sleep(1) }`, ruleClock},
		{"the clock under another name", "model/a.go", `package model; import clock "time"; var T = clock.Now()`, ruleClock},
		{"the clock without a name", "model/a.go", `package model; import . "time"; var T = Now()`, ruleClock},
		{"the machine's time zone", "model/a.go", `package model; import "time"; func F(t time.Time) time.Time { return t.In(time.Local) }`, ruleClock},
		{"a clock that is no package", "model/a.go", `package model; type c struct{}; func (c) Now() {}; func F(time c) { time.Now() }`, ""},

		{"the model prints", "model/a.go", `package model; import "fmt"; func F() { fmt.Println() }`, ruleTerminal},
		{"a screen with a list of its own", "tui/screen/keys/a.go", `package keys; import "trustdeck/tui/widget"; type Screen struct { split widget.Split }`, ruleLists},
		{"what lists are built of", "tui/screen/a.go", `package screen; import "trustdeck/tui/widget"; type List struct { split widget.Split }`, ""},
		{"files embedded elsewhere", "tui/b.go", `package tui; import _ "embed"`, ruleEmbedded},
		{"the README of archives", "remote/archive/b.go", `package archive; import _ "embed"`, ""},
		{"a command takes the practice keys", "cmd/trustdeck/a.go", `package main; import "trustdeck/assets"; var _ = assets.PracticeKeys`, ruleKeys},
		{"a command takes those of trustdeck's folder", "cmd/trustdeck/a.go", `package main; import "trustdeck/assets"; var _ = assets.PracticeOwnKeys`, ruleKeys},
		{"the practice world takes them", "cmd/trustdeck/practice.go", `package main; import "trustdeck/assets"; var _ = assets.PracticeKeys`, ""},

		{"the user interface asks servers", "tui/b.go", `package tui; import _ "net/http"`, ruleUI},
	}
	covered := map[string]bool{}
	for _, c := range cases {
		covered[c.want] = true
		t.Run(c.name, func(t *testing.T) {
			extra := map[string]string{}
			if c.file != "" {
				extra[c.file] = c.source
			}
			found, err := Check(tree(extra))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.want == "" && len(found) > 0:
				t.Errorf("found %v, want nothing", found)
			case c.want != "" && (len(found) != 1 || found[0].Rule != c.want):
				t.Errorf("found %v, want one violation of %q", found, c.want)
			}
		})
	}
	for _, rule := range []string{
		ruleFolders, ruleNames, ruleArrows, ruleScreens, ruleExternal, rulePure, ruleClock, ruleTerminal, ruleUI, ruleLists, ruleDisk, ruleDisplay, ruleWiring, ruleTokens, ruleNeutral, rulePorts, ruleUseCases, ruleEmbedded, ruleKeys, ruleNoDialect, ruleWords,
	} {
		if !covered[rule] {
			t.Errorf("no case breaks the rule %q", rule)
		}
	}
}

// Every string that is allowed is there: the list does not outlive it.
func TestSpoken(t *testing.T) {
	files, err := readSource(os.DirFS(filepath.Join("..", "..")), ".")
	if err != nil {
		t.Fatal(err)
	}
	for name, texts := range spoken {
		for text, why := range texts {
			prefix, all := strings.CutSuffix(text, "*")
			there := slices.ContainsFunc(files, func(f *file) bool {
				return f.name == name && f.holds(func(s string) bool { return s == text || all && strings.HasPrefix(s, prefix) })
			})
			if !there || why == "" {
				t.Errorf("%s may hold %q, because %q: it does not", name, text, why)
			}
		}
	}
}

// holds reports whether a string of the file is such a one.
func (f *file) holds(fits func(string) bool) bool {
	found := false
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			found = found || err == nil && fits(text)
		}
		return true
	})
	return found
}

func TestCheckBadSource(t *testing.T) {
	if _, err := Check(tree(map[string]string{"model/a.go": "packag model"})); err == nil {
		t.Error("source that does not parse passes")
	}
}
