package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

// writeInspect writes the answer for people.
func (a *app) writeInspect(answer report.Inspect, now time.Time) error {
	first := true
	for _, r := range answer.Repositories {
		if r.Source == nil {
			// Nothing was read; the fault tells why.
			continue
		}
		if !first {
			if err := a.blankLine(); err != nil {
				return err
			}
		}
		first = false
		for _, part := range []func(report.Repository, time.Time) error{
			a.writeHead, a.writeResolution, a.writeRoles, a.writeSigners, a.writePublicKeys, a.writeFindings,
		} {
			if err := part(r, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) writeHead(r report.Repository, now time.Time) error {
	var f table.Fields
	f.Put("repository", r.Name)
	f.Put("state", strings.TrimSuffix(stateOf(r.Health, r.Stale)+": "+r.Reason, ": "))
	f.Put("read", fmt.Sprintf("%s, from %s %s", text.UTC(r.Source.Read), article(r.Source.Kind), r.Source.Name))
	f.Put("judged as of", text.UTC(r.At))
	f.Put("root trusted by", anchorOf(*r.Anchor))
	if r.NextExpiry != nil {
		f.Put("next expiry", fmt.Sprintf("%s %s, %s", r.NextExpiry.Role, text.Expiry(r.NextExpiry.Expires, now), text.UTC(r.NextExpiry.Expires)))
	}
	if !r.Changed.IsZero() {
		f.Put("last publish", text.UTC(r.Changed))
	}
	if r.Resolution == nil {
		words := a.words(r.Name)
		tags := text.Count(len(r.Tags), words.Target)
		if len(r.Tags) > 0 {
			tags += "; trustdeck tags lists them"
		}
		f.Put(words.Targets(), tags)
	}
	return f.Write(a.out)
}

func article(kind string) string {
	if kind == model.SourceArchive.String() {
		return "an archive,"
	}
	return "the " + kind
}

func anchorOf(anchor report.Anchor) string {
	words := anchor.Kind
	if anchor.Version > 0 {
		words += fmt.Sprintf(", root version %d", anchor.Version)
	}
	for _, id := range anchor.Keys {
		words += ", key ID " + model.KeyID(id).Short()
	}
	if anchor.Source != "" {
		words += " (" + anchor.Source + ")"
	}
	return words
}

func (a *app) writeResolution(r report.Repository, _ time.Time) error {
	if r.Resolution == nil {
		return nil
	}
	words := a.words(r.Name)
	var f table.Fields
	f.Put(words.Target, r.Resolution.Tag)
	if r.Resolution.OK {
		f.Put("digest", digestOf(r.Resolution.SHA256, r.Resolution.SHA512))
		f.Put("size", text.Number(int(r.Resolution.Length))+" bytes")
		f.Put("stated by", r.Resolution.Role)
		f.Put("signers", text.List(r.Resolution.Signers))
	} else {
		f.Put("digest", "none: "+words.Pull+" finds nothing")
	}
	f.Put("why", r.Resolution.Reason)
	putRegistry(&f, r.Registry)
	if err := a.blankLine(); err != nil {
		return err
	}
	return f.Write(a.out)
}

func (a *app) writeRoles(r report.Repository, now time.Time) error {
	t := table.New(
		table.Column{Title: "ROLE"}, table.Column{Title: "STATE"}, table.Column{Title: "VERSION", Right: true},
		table.Column{Title: "SIGNED"}, table.Column{Title: "THRESHOLD"}, table.Column{Title: "EXPIRES"},
		table.Column{Title: "KEYS"}, table.Column{Title: "PATHS", Flex: true, Optional: true},
	)
	for _, role := range r.Roles {
		state, signed, version := role.State, "", ""
		if role.Expired {
			state += ", expired"
		}
		if role.Version > 0 {
			version = strconv.FormatInt(role.Version, 10)
			signed = fmt.Sprintf("%d of %d", role.Valid, role.Threshold)
		}
		t.Row(role.Name, state, version, signed, fmt.Sprintf("%d of %d", role.Threshold, len(role.Keys)),
			expiryOf(role, now), shortIDs(role.Keys), pathsOf(role))
	}
	if err := a.blankLine(); err != nil {
		return err
	}
	return t.Write(a.out, a.width)
}

// expiryOf says when a role expires, from when on it is to be signed again, and for how long.
func expiryOf(role report.Role, now time.Time) string {
	words := text.Expiry(role.Expires, now)
	if !role.SigningOpens.IsZero() {
		words += ", signing opens " + text.Date(role.SigningOpens)
	}
	if role.LifetimeDays > 0 {
		words += ", lifetime " + text.Count(role.LifetimeDays, "day")
	}
	return words
}

// shortIDs lists key IDs as people read them.
func shortIDs(ids []string) string {
	short := make([]string, len(ids))
	for i, id := range ids {
		short[i] = model.KeyID(id).Short()
	}
	return strings.Join(short, ", ")
}

// pathsOf says which names a delegation may sign.
func pathsOf(role report.Role) string {
	if !model.RoleName(role.Name).Delegation() {
		return ""
	}
	switch paths := role.EffectivePaths; {
	case len(paths) == 0:
		return "no path"
	case len(paths) == 1 && paths[0] == "":
		return "all"
	default:
		quoted := make([]string, len(paths))
		for i, p := range paths {
			quoted[i] = strconv.Quote(p)
		}
		return strings.Join(quoted, ", ")
	}
}

func (a *app) writeSigners(r report.Repository, _ time.Time) error {
	if len(r.Signers) == 0 {
		return nil
	}
	columns := []table.Column{{Title: "SIGNER"}, {Title: "KEYS"}}
	if len(r.Shared) > 0 {
		columns = append(columns, table.Column{Title: "MAY RELEASE", Flex: true})
	}
	t := table.New(columns...)
	for _, s := range r.Signers {
		if len(r.Shared) == 0 {
			t.Row(s.Name, shortIDs(s.Keys))
			continue
		}
		release := "yes"
		switch {
		case len(s.Releases) == 0:
			release = "no: none of the keys is in " + r.Shared[0]
		case len(s.Releases) < len(s.Keys):
			release = "with " + shortIDs(s.Releases)
		}
		t.Row(s.Name, shortIDs(s.Keys), release)
	}
	if err := a.blankLine(); err != nil {
		return err
	}
	return t.Write(a.out, a.width)
}

func (a *app) writePublicKeys(r report.Repository, _ time.Time) error {
	if len(r.Keys) == 0 {
		return nil
	}
	columns := []table.Column{{Title: "KEY"}, {Title: "ALGORITHM"}, {Title: "ROLES"}, {Title: "HOLDER"}, {Title: "LISTED AS", Flex: true}}
	held := slices.ContainsFunc(r.Keys, func(k report.Key) bool { return k.Holder != "" || k.Online })
	if !held {
		columns = slices.Delete(columns, 3, 4)
	}
	t := table.New(columns...)
	for _, k := range r.Keys {
		listed := ""
		if len(k.ListedAs) != 1 || k.ListedAs[0] != k.ID {
			listed = strings.Join(k.ListedAs, ", ")
		}
		cells := []string{k.ID, k.Algorithm, strings.Join(k.Roles, ", "), holderOf(k), listed}
		if !held {
			cells = slices.Delete(cells, 3, 4)
		}
		t.Row(cells...)
	}
	if err := a.blankLine(); err != nil {
		return err
	}
	return t.Write(a.out, a.width)
}

// holderOf names who has a key; empty where nobody is known to.
func holderOf(k report.Key) string {
	if k.Online {
		return quorum.NameServer
	}
	return k.Holder
}

func (a *app) writeFindings(r report.Repository, _ time.Time) error {
	for _, f := range r.Findings {
		f.Repository = ""
		if err := errors.Join(a.blankLine(), a.writeFinding(f)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) blankLine() error {
	_, err := io.WriteString(a.out, "\n")
	return err
}
