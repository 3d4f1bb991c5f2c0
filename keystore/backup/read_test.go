package backup

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age/armor"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestRoundTrip(t *testing.T) {
	x25519, identity := lockFor(t, false)
	hybrid, hybridIdentity := lockFor(t, true)
	for _, test := range []struct {
		name string
		lock backup.Encryption
		key  backup.Decryption
		form backup.Form
	}{
		{"open", backup.Encryption{}, backup.Decryption{}, backup.Unencrypted},
		{"passphrase", backup.Encryption{Passphrase: []byte("correct horse")}, passphrase("correct horse"), backup.WithPassphrase},
		{"recipient", x25519, backup.Decryption{Identities: []string{identity}}, backup.WithRecipients},
		{"hybrid recipient", hybrid, backup.Decryption{Identities: []string{identity, hybridIdentity}}, backup.WithRecipients},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, dir := archives(t)
			path := filepath.Join(dir, "backup")
			again, err := a.Write(t.Context(), path, sample(), test.lock)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file has mode %v, %v", info.Mode(), err)
			}
			want := sample()
			want.Form = test.form
			if form, err := a.Form(path); err != nil || form != test.form {
				t.Errorf("its head says %q, %v", form, err)
			}
			if got, err := again(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("at once it reads %+v, %v", got, err)
			}
			if got, err := a.Read(t.Context(), path, test.key); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("later it reads %+v, %v", got, err)
			}
			raw, _ := os.ReadFile(path)
			if test.form != backup.Unencrypted && bytes.Contains(raw, []byte("private/")) {
				t.Error("something shows through the encryption")
			}
		})
	}
}

// What is read back at once is what is on the disk, not what was meant to be.
func TestReadBackLooksAtTheDisk(t *testing.T) {
	for name, lock := range map[string]backup.Encryption{"open": {}, "passphrase": {Passphrase: []byte("correct horse")}} {
		t.Run(name, func(t *testing.T) {
			a, dir := archives(t)
			path := filepath.Join(dir, "backup")
			again, err := a.Write(t.Context(), path, sample(), lock)
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := os.ReadFile(path)
			raw[len(raw)/2] ^= 1
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := again(t.Context()); err == nil {
				t.Error("a file that a disk has garbled reads well")
			}
			other := sample()
			other.Version = "v0"
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Write(t.Context(), path, other, backup.Encryption{}); err != nil {
				t.Fatal(err)
			}
			if _, err := again(t.Context()); err == nil {
				t.Error("another archive in its place reads well")
			}
		})
	}
}

// refused is a file that nobody may take for a backup.
type refused struct {
	name   string
	raw    []byte
	reason Reason
}

// refusals are such files; those that are encrypted for recipients are for the holder
// of the identity.
func refusals(t testing.TB) (all []refused, identity string) {
	t.Helper()
	whole := written(t, backup.Encryption{})
	locked := written(t, backup.Encryption{Passphrase: []byte("correct horse")})
	forOne, identity := lockFor(t, false)
	sealed := written(t, forOne)
	forOthers, _ := lockFor(t, false)
	flipped := func(raw []byte, at int) []byte {
		raw = bytes.Clone(raw)
		raw[at] ^= 0x40
		return raw
	}
	rest := contents()
	with := func(more ...item) []byte {
		return archiveOf(t, append(append([]item{manifestOf(t)}, rest...), more...)...)
	}
	changed := func(i int, body string) []byte {
		items := append([]item{manifestOf(t)}, contents()...)
		items[i].body = body
		return archiveOf(t, items...)
	}
	listing := func(oldNew ...string) []byte {
		return archiveOf(t, append([]item{manifestOf(t, oldNew...)}, rest...)...)
	}
	key := "private/" + idOne + ".key"
	costly := bytes.Replace(locked, []byte(" 1\n"), []byte(" 30\n"), 1)
	return []refused{
		{"empty", nil, Truncated},
		{"random", bytes.Repeat([]byte{0xa7, 3, 91}, 500), Foreign},
		{"text", []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), Foreign},
		{"zip", zipped(t), Foreign},
		{"age in text form", armored(t, sealed), Foreign},
		{"compressed text", compressed(t, strings.Repeat("no tar at all ", 500)), Foreign},
		{"compressed nothing", compressed(t, ""), Foreign},
		{"some other archive", archiveOf(t, item{name: "README", body: "hello"}), Foreign},
		{"unpacked and packed again by hand", archiveOf(t, item{name: "./", kind: tar.TypeDir}, manifestOf(t)), Foreign},
		{"manifest that is a link", archiveOf(t, item{name: manifestName, kind: tar.TypeSymlink, link: "/etc/passwd"}), NotPlain},
		{"a newer form", listing(form, family+"v2"), Newer},
		{"truncated", whole[:len(whole)*2/3], Truncated},
		{"truncated by one byte", whole[:len(whole)-1], Truncated},
		{"truncated in the encryption", sealed[:len(sealed)-40], Damaged},
		{"truncated in the head of the encryption", sealed[:60], Truncated},
		{"damaged", flipped(whole, len(whole)/2), Damaged},
		{"damaged checksum", flipped(whole, len(whole)-6), Damaged},
		{"damaged encryption", flipped(sealed, len(sealed)/2), Damaged},
		{"damaged head of the encryption", flipped(sealed, bytes.Index(sealed, []byte("\n--- "))+8), Damaged},
		{"wrong passphrase", locked, WrongKey},
		{"for others", written(t, forOthers), WrongKey},
		{"passphrase of 128 GiB", costly, Costly},
		{"bomb in the list", listsTooMuch(t), TooBig},
		{"bomb in the manifest", archiveOf(t, item{name: manifestName, body: strings.Repeat(" ", maxManifest+1)}), TooBig},
		{"entry of 10 GiB", cut(t, manifestOf(t, `"size": 38`, `"size": 10737418240`)), TooBig},
		{"header of 10 GiB", cut(t, manifestOf(t), item{name: key, size: 10 << 30}), Mismatch},
		{"manifest header of 10 GiB", cut(t, item{name: manifestName, size: 10 << 30}), TooBig},
		{"too many files", listing(`"files": [`, `"files": [`+strings.Repeat("{},", maxEntries)), TooBig},
		{"path upwards", with(item{name: "private/../../.bashrc", body: "x"}), Escapes},
		{"absolute path", with(item{name: "/etc/cron.d/x", body: "x"}), Escapes},
		{"path of Windows", with(item{name: `private\..\..\x.key`, body: "x"}), Escapes},
		{"drive of Windows", with(item{name: "C:/x.key", body: "x"}), Escapes},
		{"path with control characters", with(item{name: "private/\x1b[2Jx.key", body: "x"}), Escapes},
		{"path upwards in the manifest", listing(key, "private/../../x.key"), Escapes},
		{"folder upwards", with(item{name: "../x/", kind: tar.TypeDir}), Escapes},
		{"folder of its own", with(item{name: "private/more/", kind: tar.TypeDir}), Mismatch},
		{"file that is no key", with(item{name: "private/.ssh", body: "x"}), Foreign},
		{"symbolic link", with(item{name: key, kind: tar.TypeSymlink, link: "/etc/passwd"}), NotPlain},
		{"hard link", with(item{name: key, kind: tar.TypeLink, link: manifestName}), NotPlain},
		{"device", with(item{name: "private/x.key", kind: tar.TypeChar}), NotPlain},
		{"pipe", with(item{name: "private/x.key", kind: tar.TypeFifo}), NotPlain},
		{"the same file twice", with(rest[0]), Duplicate},
		{"upper and lower case twins", with(item{name: "private/" + strings.ToUpper(idOne) + ".key", body: "x"}), Duplicate},
		{"twins in the manifest", listing("metadata/root.json", "metadata/targets/ALICE.json"), Duplicate},
		{"file that the manifest does not list", with(item{name: "private/x.key", body: "x"}), Mismatch},
		{"file that is missing", archiveOf(t, append([]item{manifestOf(t)}, rest[:3]...)...), Mismatch},
		{"another content", changed(1, strings.Repeat("x", 38)), Mismatch},
		{"another length", changed(1, "x"), Mismatch},
		{"manifest that is no JSON", listing("{", "["), Mismatch},
		{"manifest with an end", archiveOf(t, item{name: manifestName, body: manifestOf(t).body + "{}"}), Mismatch},
		{"key without a file", listing(`"file": "`+key, `"file": "private/x.key`), Mismatch},
		{"key without an ID", listing(`"id": "`+idOne, `"id": "0`), Mismatch},
		{"role with control characters", listing(`"role": "root"`, `"role": "root\u001b[2J"`), Mismatch},
		{"impossible repository", listing(`"repository": "`+gun, `"repository": "/`), Mismatch},
		{"something after the end", append(bytes.Clone(whole), whole...), Mismatch},
		{"something after the archive", compressed(t, unpacked(t, whole)+"more"), Mismatch},
	}, identity
}

// Every kind of bad file is refused by name, and with the way out.
func TestRefusals(t *testing.T) {
	var text strings.Builder
	all, identity := refusals(t)
	for _, test := range append(all, refused{"bomb", bomb(t), TooBig}) {
		key := passphrase("wrong")
		if bytes.Contains(test.raw, []byte("\n-> X25519 ")) {
			key.Identities = []string{identity}
		}
		b, err := readBytes(test.raw, key)
		if !errors.Is(err, test.reason) && !errors.Is(fault("FILE", err), test.reason) {
			t.Errorf("%s: %v; want the reason %s", test.name, err, test.reason)
		}
		if len(b.Files) > 0 {
			t.Errorf("%s: something of it was kept", test.name)
		}
		if test.reason == WrongKey {
			var asked *model.Fault
			if errors.As(err, &asked) && asked.Err != nil {
				err = asked.Err
			}
		}
		fmt.Fprintf(&text, "%s\n    %s", test.name, strings.ReplaceAll(refusal(t, err), "\n    ", "\n        "))
	}
	path := filepath.Join("testdata", "refusals.txt")
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != text.String() {
		t.Errorf("%v; -update writes %s again:\n%s", err, path, text.String())
	}
	if i := strings.IndexFunc(text.String(), func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("a control character got through: %q", text.String()[max(i-40, 0):i+1])
	}
}

// Wherever an archive is cut off, it is refused.
func TestCutOffAnywhere(t *testing.T) {
	forOthers, identity := lockFor(t, false)
	for name, test := range map[string]struct {
		raw []byte
		key backup.Decryption
	}{
		"open":   {written(t, backup.Encryption{}), backup.Decryption{}},
		"sealed": {written(t, forOthers), backup.Decryption{Identities: []string{identity}}},
	} {
		if _, err := readBytes(test.raw, test.key); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for n := range test.raw {
			if _, err := readBytes(test.raw[:n], test.key); err == nil {
				t.Fatalf("%s: %d of %d bytes were taken for all", name, n, len(test.raw))
			}
		}
	}
}

// Whichever byte of an archive is changed, it is refused, or reads the same: gzip has
// bytes that mean nothing.
func TestChangedAnywhere(t *testing.T) {
	raw := written(t, backup.Encryption{})
	want, err := readBytes(raw, backup.Decryption{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for _, bits := range []byte{1, 0x80, 0xff} {
			raw[i] ^= bits
			if got, err := readBytes(raw, backup.Decryption{}); err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("byte %d: another backup was read: %+v", i, got)
			}
			raw[i] ^= bits
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	a, dir := archives(t)
	for path, reason := range map[string]Reason{
		filepath.Join(dir, "absent"):      Missing,
		filepath.Join(dir, "absent", "x"): Missing,
		dir:                               Irregular,
		os.DevNull:                        Irregular,
		huge(t, dir):                      TooBig,
	} {
		if _, err := a.Read(t.Context(), path, backup.Decryption{}); !errors.Is(err, reason) {
			t.Errorf("%s: %v; want the reason %s", path, err, reason)
		}
	}
}

// An identity that cannot be read is named, and what is in its file is not.
func TestIdentities(t *testing.T) {
	lock, _ := lockFor(t, false)
	raw := written(t, lock)
	bad := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(bad, []byte("AGE-SECRET-KEY-1SECRETSECRET\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readBytes(raw, backup.Decryption{Identities: []string{bad}})
	if err == nil || strings.Contains(refusal(t, err), "SECRETSECRET") || !strings.Contains(refusal(t, err), bad) {
		t.Errorf("got %v", err)
	}
	if _, err := readBytes(raw, backup.Decryption{Identities: []string{bad + "x"}}); !errors.Is(err, Missing) {
		t.Errorf("got %v", err)
	}
	_, err = readBytes(written(t, backup.Encryption{Passphrase: []byte("correct horse")}), backup.Decryption{Identities: []string{bad}})
	if !errors.Is(err, WrongKey) {
		t.Errorf("an identity for a passphrase: %v", err)
	}
}

// A wrong passphrase is asked for again, as often as somebody answers.
func TestPassphraseAgain(t *testing.T) {
	raw := written(t, backup.Encryption{Passphrase: []byte("correct horse")})
	var complaints []error
	answers := []string{"", "wrong", "correct horse"}
	b, err := readBytes(raw, backup.Decryption{Passphrase: func(wrong error) ([]byte, error) {
		complaints = append(complaints, wrong)
		return []byte(answers[len(complaints)-1]), nil
	}})
	if err != nil || len(b.Files) != 4 || len(complaints) != 3 || complaints[0] != nil || complaints[2] == nil {
		t.Errorf("%v after %v", err, complaints)
	}
}

// nobody knows the passphrase.
func nobody(error) ([]byte, error) {
	return nil, &model.Fault{Kind: model.FaultSecret, Text: "nobody knows it", Hint: "ask somebody"}
}

func FuzzRead(f *testing.F) {
	all, _ := refusals(f)
	for _, test := range all {
		if len(test.raw) < 100_000 {
			f.Add(test.raw)
		}
	}
	f.Add(written(f, backup.Encryption{}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := readBytes(raw, backup.Decryption{Passphrase: nobody})
		if err != nil {
			refusal(t, err)
			return
		}
		// What is read can be written, and reads the same.
		a, dir := archives(t)
		again, err := a.Write(t.Context(), filepath.Join(dir, "b"), b, backup.Encryption{})
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := again(t.Context()); err != nil {
			t.Fatalf("what was read and written cannot be read: %v", err)
		}
	})
}

func zipped(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create("private/x.key")
	if err == nil {
		_, err = f.Write([]byte("x"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func armored(t testing.TB, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := armor.NewWriter(&out)
	_, err := w.Write(raw)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func compressed(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unpacked(t testing.TB, raw []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// bomb is a few megabytes that unpack to more than is read, in entries each of which is
// as big as package tar lets it be.
func bomb(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	packed, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	w := tar.NewWriter(packed)
	b := sample()
	text, err := encodeManifest(&b)
	if err == nil {
		err = entry(w, manifestName, text, made)
	}
	head := tar.Header{Name: "private/", Typeflag: tar.TypeDir, PAXRecords: map[string]string{"TRUSTDECK.x": strings.Repeat("0", 1_000_000)}}
	for range (maxTotal+maxManifest)/1_000_000 + 40 {
		err = errors.Join(err, w.WriteHeader(&head))
	}
	if err := errors.Join(err, w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// listsTooMuch lists more than may be unpacked, in files that are each small enough.
func listsTooMuch(t testing.TB) []byte {
	t.Helper()
	const each = 100 << 20
	b := backup.Content{Created: made, Version: "v1"}
	text, err := encodeManifest(&b)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for i := range maxTotal/each + 1 {
		files = append(files, fmt.Sprintf(`{"path": "tuf/a/metadata/targets/%d.json", "size": %d, "sha256": "%064d"}`, i, each, 0))
	}
	listing := strings.Replace(string(text), `"files": []`, `"files": [`+strings.Join(files, ",")+`]`, 1)
	return archiveOf(t, item{name: manifestName, body: listing})
}

// cut makes an archive whose last entry states more than comes.
func cut(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	w := tar.NewWriter(packed)
	for _, i := range items {
		head := &tar.Header{Name: i.name, Typeflag: tar.TypeReg, Mode: 0o600, Size: max(i.size, int64(len(i.body)))}
		if err := w.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, i.body); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Flush() // it complains about what is missing
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// huge is a file that is bigger than any backup, and takes no space.
func huge(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "huge")
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(f.Truncate(maxArchive+1), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
