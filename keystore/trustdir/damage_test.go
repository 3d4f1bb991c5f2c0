package trustdir

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
)

// One row for every way in which a key file can be wrong, and what is said of
// it when it is listed and when it is to be unlocked with the right passphrase.
func TestWrongFiles(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	der := must(x509.MarshalPKCS8PrivateKey(ec))
	good := pem.EncodeToMemory(&pem.Block{Type: blockEncrypted, Bytes: sealed(t, der, "secret", 1)})
	block := func(typ string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}) }
	with := func(change func(*encrypted)) []byte {
		return block(blockEncrypted, sealedWith(t, der, "secret", 1, change))
	}
	kdf := func(e *encrypted) *kdfParams { return &e.Scheme.Params.KDF.Params }
	dek := func(info string, body []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: blockEC, Headers: map[string]string{"DEK-Info": info}, Bytes: body})
	}
	ed := newEd25519(t)
	foreignHalf := slices.Concat([]byte(ed.Public().(ed25519.PublicKey)), ed[:32], make([]byte, 32))
	iv := strings.Repeat("00", 16)

	for name, tt := range map[string]struct {
		data   []byte
		listed []Reason
		// opened is what Unlock says, where that is something else.
		opened []Reason
	}{
		"empty":                   {data: []byte{}, listed: []Reason{Damaged}},
		"one byte":                {data: []byte{0}, listed: []Reason{Damaged}},
		"binary":                  {data: noise(4096), listed: []Reason{Damaged}},
		"text":                    {data: []byte("no key here\n"), listed: []Reason{Damaged}},
		"no end":                  {data: bytes.Split(good, []byte("-----END"))[0], listed: []Reason{Damaged}},
		"half":                    {data: good[:len(good)/2], listed: []Reason{Damaged}},
		"a letter that is none":   {data: bytes.Replace(good, []byte("MI"), []byte("M!"), 1), listed: []Reason{Damaged}},
		"a public key":            {data: block("PUBLIC KEY", der), listed: []Reason{Damaged}},
		"a certificate":           {data: block("CERTIFICATE", der), listed: []Reason{Damaged}},
		"a type to fool a screen": {data: block("\x1b[2J", der), listed: []Reason{Damaged}},
		"no body":                 {data: block(blockEncrypted, nil), listed: []Reason{Damaged}},
		"a key of OpenSSH":        {data: block("OPENSSH PRIVATE KEY", der), listed: []Reason{Unsupported}},
		"a key of DSA":            {data: block("DSA PRIVATE KEY", der), listed: []Reason{Unsupported}},

		"PKCS#8 cut short":        {data: block(blockPKCS8, der[:len(der)-1]), listed: []Reason{Damaged}},
		"SEC 1 cut short":         {data: block(blockEC, must(x509.MarshalECPrivateKey(ec))[:100]), listed: []Reason{Damaged}},
		"SEC 1 as PKCS#1":         {data: block(blockRSA, must(x509.MarshalECPrivateKey(ec))), listed: []Reason{Damaged}},
		"noise as PKCS#8":         {data: block(blockPKCS8, noise(150)), listed: []Reason{Damaged}},
		"noise as raw Ed25519":    {data: block(blockEd25519, noise(96)), listed: []Reason{Damaged}},
		"short raw Ed25519":       {data: block(blockEd25519, noise(95)), listed: []Reason{Damaged}},
		"half of another Ed25519": {data: block(blockEd25519, foreignHalf), listed: []Reason{Damaged}},
		"ECDSA without a curve":   {data: block(blockPKCS8, pkcs8Info(t, 0, []asn1.ObjectIdentifier{oidEC}, der)), listed: []Reason{Damaged}},
		"RSA, enormous modulus":   {data: block(blockRSA, rsaNumbers(t, 4096, 3, 256, 128, 128, 128, 128, 128)), listed: []Reason{BeyondLimit}},
		"RSA, enormous prime":     {data: block(blockRSA, rsaNumbers(t, 256, 3, 256, 4096, 16, 128, 128, 128)), listed: []Reason{BeyondLimit}},
		"RSA, enormous in PKCS#8": {data: block(blockPKCS8, pkcs8Info(t, 0, []asn1.ObjectIdentifier{oidRSA}, rsaNumbers(t, 256, 3, 256, 4096, 16, 128, 128, 128))), listed: []Reason{BeyondLimit}},
		"RSA, noise":              {data: block(blockRSA, rsaNumbers(t, 2048, 3, 2048, 1024, 1024, 1024, 1024, 1024)), listed: []Reason{Damaged}},
		// What is missing would have to be computed, which takes minutes for
		// numbers that are no primes.
		"RSA, two numbers missing": {data: block(blockRSA, rsaNumbers(t, 256, 3, 256, 128, 128)), listed: []Reason{Damaged}},
		"RSA, three primes":        {data: block(blockRSA, rsaNumbers(t, 256, 3, 256, 128, 128, 128, 128, 128, 128)), listed: []Reason{Unsupported}},

		"encrypted, cut short":       {data: block(blockEncrypted, sealed(t, der, "secret", 1)[:100]), listed: []Reason{Damaged}},
		"initialisation vector":      {data: with(func(e *encrypted) { e.Scheme.Params.Cipher.IV = make([]byte, 15) }), listed: []Reason{Damaged}},
		"no ciphertext":              {data: with(func(e *encrypted) { e.Data = nil }), listed: []Reason{Damaged}},
		"part of a block":            {data: with(func(e *encrypted) { e.Data = e.Data[1:] }), listed: []Reason{Damaged}},
		"no rounds":                  {data: with(func(e *encrypted) { kdf(e).Iterations = 0 }), listed: []Reason{Damaged}},
		"fewer than no rounds":       {data: with(func(e *encrypted) { kdf(e).Iterations = -5 }), listed: []Reason{Damaged}},
		"too many rounds":            {data: with(func(e *encrypted) { kdf(e).Iterations = maxIterations + 1 }), listed: []Reason{BeyondLimit}},
		"rounds for ever":            {data: with(func(e *encrypted) { kdf(e).Iterations = 1<<63 - 1 }), listed: []Reason{BeyondLimit}},
		"an endless salt":            {data: with(func(e *encrypted) { kdf(e).Salt = make([]byte, maxSalt+1) }), listed: []Reason{Damaged}},
		"a key length that is wrong": {data: with(func(e *encrypted) { kdf(e).KeyLength = 16 }), listed: []Reason{Damaged}},
		"a function nobody knows":    {data: with(func(e *encrypted) { kdf(e).PRF.OID = asn1.ObjectIdentifier{1, 2, 3} }), listed: []Reason{Unsupported}},
		"a cipher nobody knows":      {data: with(func(e *encrypted) { e.Scheme.Params.Cipher.OID = asn1.ObjectIdentifier{1, 2, 3} }), listed: []Reason{Unsupported}},
		"a derivation nobody knows":  {data: with(func(e *encrypted) { e.Scheme.Params.KDF.OID = asn1.ObjectIdentifier{1, 2, 3} }), listed: []Reason{Unsupported}},
		"a scheme nobody knows":      {data: with(func(e *encrypted) { e.Scheme.OID = asn1.ObjectIdentifier{1, 2, 3} }), listed: []Reason{Unsupported}},
		"the end is damaged":         {data: with(func(e *encrypted) { e.Data[len(e.Data)/2] ^= 1 }), opened: []Reason{Damaged}},
		// Without its first block nothing tells it from a wrong passphrase, and
		// the hint says so.
		"the beginning is damaged": {data: with(func(e *encrypted) { e.Data[0] ^= 1 }), opened: []Reason{WrongPassphrase}},

		"DEK-Info without vector":    {data: dek("AES-128-CBC", make([]byte, 32)), listed: []Reason{Damaged}},
		"DEK-Info with half of one":  {data: dek("AES-128-CBC,"+iv[:16], make([]byte, 32)), listed: []Reason{Damaged}},
		"DEK-Info with a wrong one":  {data: dek("AES-128-CBC,"+strings.Repeat("xy", 16), make([]byte, 32)), listed: []Reason{Damaged}},
		"DEK-Info, unknown cipher":   {data: dek("CAMELLIA-128-CBC,"+iv, make([]byte, 32)), listed: []Reason{Unsupported}},
		"DEK-Info, part of a block":  {data: dek("AES-128-CBC,"+iv, make([]byte, 31)), listed: []Reason{Damaged}},
		"DEK-Info, no body":          {data: dek("AES-128-CBC,"+iv, nil), listed: []Reason{Damaged}},
		"DEK-Info, noise in the box": {data: dek("AES-128-CBC,"+iv, noise(128)), opened: []Reason{WrongPassphrase}},

		"another key":               {data: sample(t, "loose/bob-key.pem"), listed: []Reason{OtherKey}},
		"another key, encrypted":    {data: sample(t, "loose/rsak.pem"), opened: []Reason{WrongPassphrase}},
		"another key, same secret":  {data: block(blockEncrypted, sealed(t, must(x509.MarshalPKCS8PrivateKey(newEC(t, elliptic.P256()))), "secret", 1)), opened: []Reason{OtherKey}},
		"too big":                   {data: append(slices.Clone(good), make([]byte, maxKeyFile)...), listed: []Reason{BeyondLimit}},
		"two wrongs":                {data: slices.Concat(with(func(e *encrypted) { kdf(e).Iterations = 0 }), good), listed: []Reason{Damaged}},
		"two keys, first is wrong":  {data: slices.Concat(sample(t, "loose/bob-key.pem"), good), listed: []Reason{OtherKey, SeveralBlocks}},
		"two keys, the other wrong": {data: slices.Concat(good, sample(t, "loose/bob-key.pem")), listed: []Reason{SeveralBlocks}, opened: []Reason{}},
	} {
		t.Run(name, func(t *testing.T) {
			store := unchanged(t, folderWith(t, map[string][]byte{keyPath(idOfKey(t, ec)): tt.data}))
			k := only(t, store)
			if k.ID != idOfKey(t, ec) || k.Modified.IsZero() {
				t.Errorf("listed as %+v", k)
			}
			if tt.listed == nil && k.Fault != nil {
				t.Errorf("listed with %v", k.Fault)
			} else if tt.listed != nil {
				wantFault(t, k.Fault, k.Path, tt.listed...)
			}
			key, err := store.Unlock(context.Background(), k, []byte("secret"))
			switch {
			case tt.opened == nil && slices.Contains(tt.listed, OtherKey):
				wantFault(t, err, k.Path, OtherKey)
			case tt.opened == nil:
				wantFault(t, err, k.Path, tt.listed...)
			case len(tt.opened) > 0:
				wantFault(t, err, k.Path, tt.opened...)
			case err != nil:
				t.Errorf("Unlock: %v", err)
			default:
				proves(t, key, k.ID)
			}
		})
	}
}

// rsaNumbers makes an RSAPrivateKey of odd noise, with numbers of these sizes in
// bytes after the version.
func rsaNumbers(t *testing.T, sizes ...int) []byte {
	t.Helper()
	numbers := []*big.Int{big.NewInt(0)}
	for _, size := range sizes {
		n := new(big.Int).SetBytes(noise(size))
		n.SetBit(n, 0, 1)
		numbers = append(numbers, n.SetBit(n, 8*size-1, 1))
	}
	der, err := asn1.Marshal(numbers)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// The text before the first PEM block does not matter, as with Notary.
func TestTextAroundTheKey(t *testing.T) {
	data := slices.Concat([]byte("Bag Attributes\n    friendlyName: x\n"), sample(t, "loose/p9c.pem"), []byte("\nthe end\n"))
	checkForm(t, data, form{"", "PEM, SEC 1", "ECDSA P-256", nil, idOf(t, data, nil)})
}

func TestFileWithoutTheNameOfItsKey(t *testing.T) {
	files := map[string][]byte{}
	for i, name := range []string{"bob", "8DD36646", strings.Repeat("0", 63), strings.Repeat("g", 64), "", strings.Repeat("0", 64) + "_root"} {
		data := sample(t, "loose/bob-key.pem")
		if i%2 == 1 {
			data = sample(t, "repoA/private/8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d.key")
		}
		files["private/"+name+".key"] = data
	}
	store := unchanged(t, folderWith(t, files))
	keys := list(t, store)
	if len(keys) != len(files) {
		t.Fatalf("%d keys, want %d", len(keys), len(files))
	}
	for _, k := range keys {
		if k.ID != "" {
			t.Errorf("%s has the ID %q", k.Path, k.ID)
		}
		wantFault(t, k.Fault, k.Path, OtherKey)
		// Unlock tells which key it is, and refuses it all the same.
		_, err := store.Unlock(context.Background(), k, []byte("passw0rd-root"))
		wantFault(t, err, k.Path, OtherKey)
		if !strings.Contains(err.Error(), "8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d") &&
			!strings.Contains(err.Error(), "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df") {
			t.Errorf("%v does not say which key it is", err)
		}
	}
	if _, err := store.Find(context.Background(), ""); !errors.Is(err, Missing) {
		t.Errorf("Find of no ID: %v", err)
	}
}

// Files with other endings are none of ours, and folders may be called anything.
func TestWhatIsNoKeyFile(t *testing.T) {
	bob := "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df"
	pemData := sample(t, "loose/bob-key.pem")
	store := unchanged(t, folderWith(t, map[string][]byte{
		"private/" + bob:              pemData,
		"private/" + bob + ".KEY":     pemData,
		"private/" + bob + ".key~":    pemData,
		"private/" + bob + ".pub":     pemData,
		"private/.DS_Store":           noise(100),
		"private/a.key/README":        pemData,
		"private/root_keys/x":         pemData,
		"other/" + bob + ".key":       pemData,
		bob + ".key":                  pemData,
		"tuf/private/" + bob + ".key": pemData,
	}))
	if keys := list(t, store); len(keys) != 0 {
		t.Errorf("listed: %+v", keys)
	}
}

func TestKeyInSeveralFiles(t *testing.T) {
	bob := "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df"
	good := sample(t, "loose/bob-key.pem")
	current, legacy, sub := "private/"+bob+".key", "private/tuf_keys/a/"+bob+"_targets.key", "private/old/"+bob+".key"
	for name, tt := range map[string]struct {
		files map[string][]byte
		best  string
		want  map[string][]Reason
	}{
		"both layouts": {
			files: map[string][]byte{current: good, legacy: good},
			best:  current,
			want:  map[string][]Reason{legacy: {Duplicate}},
		},
		"a subfolder": {
			files: map[string][]byte{sub: good, current: good},
			best:  current,
			want:  map[string][]Reason{sub: {Misplaced, Duplicate}},
		},
		"the current one is damaged": {
			files: map[string][]byte{current: noise(10), legacy: good},
			best:  legacy,
			want:  map[string][]Reason{current: {Damaged, Duplicate}},
		},
		"three": {
			files: map[string][]byte{sub: good, current: good, legacy: good},
			best:  current,
			want:  map[string][]Reason{sub: {Misplaced, Duplicate}, legacy: {Duplicate}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := unchanged(t, folderWith(t, tt.files))
			keys := list(t, store)
			if len(keys) != len(tt.files) {
				t.Fatalf("%d keys, want %d", len(keys), len(tt.files))
			}
			for _, k := range keys {
				rel, _ := filepath.Rel(store.Dir(), k.Path)
				if want := tt.want[filepath.ToSlash(rel)]; want != nil {
					wantFault(t, k.Fault, k.Path, want...)
				} else if k.Fault != nil {
					t.Errorf("%s: %v", rel, k.Fault)
				}
			}
			best, err := store.Find(context.Background(), model.KeyID(bob))
			if want := filepath.Join(store.Dir(), filepath.FromSlash(tt.best)); err != nil || best.Path != want {
				t.Errorf("Find: %s, %v; want %s", best.Path, err, want)
			}
			if one := model.DistinctKeys(keys); len(one) != 1 || one[0].Path != best.Path {
				t.Errorf("of the files that are listed, %+v counts; want %s", one, best.Path)
			}
		})
	}
}

// Whatever byte of a file is altered or lost, the outcome is the same key or a
// refusal, never another key and never a panic.
func TestEveryAlteredByte(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	der := must(x509.MarshalPKCS8PrivateKey(ec))
	//nolint:staticcheck // SA1019: the old form is what is tested.
	old := must(x509.EncryptPEMBlock(strings.NewReader(strings.Repeat("iv", 8)), blockEC, must(x509.MarshalECPrivateKey(ec)), []byte("secret"), x509.PEMCipherAES128))
	for name, data := range map[string][]byte{
		"PBES2":    pem.EncodeToMemory(&pem.Block{Type: blockEncrypted, Headers: map[string]string{"role": "root"}, Bytes: sealed(t, der, "secret", 1)}),
		"DEK-Info": pem.EncodeToMemory(old),
		"plain":    pem.EncodeToMemory(&pem.Block{Type: blockPKCS8, Bytes: der}),
	} {
		t.Run(name, func(t *testing.T) {
			id := idOfKey(t, ec)
			if got := idOf(t, data, []byte("secret")); got != id {
				t.Fatalf("unaltered, it is %s", got)
			}
			outcomes := map[Reason]int{}
			try := func(altered []byte) {
				reason, ok := refused(t, altered, id)
				if ok {
					outcomes[reason]++
				} else {
					outcomes[""]++
				}
			}
			for i := range data {
				try(data[:i])
				try(slices.Delete(slices.Clone(data), i, i+1))
				for _, mask := range []byte{1, 0x20, 0x80, 0xff} {
					altered := slices.Clone(data)
					altered[i] ^= mask
					try(altered)
				}
			}
			t.Log(outcomes)
			if outcomes[Damaged] < len(data) {
				t.Errorf("of %d files, few are called damaged: %v", 6*len(data), outcomes)
			}
		})
	}
}

// refused opens an altered file. ok is false where it still is the same key.
func refused(t *testing.T, data []byte, id model.KeyID) (reason Reason, ok bool) {
	t.Helper()
	e := entry{layout: notaryLayout{}, key: model.PrivateKey{ID: id}}
	var err error
	if e.file, err = parseKeyFile(slices.Clone(data)); err == nil {
		var key *Key
		if key, err = e.unlock([]byte("secret")); err == nil {
			proves(t, key, id)
			return "", false
		}
	}
	for _, r := range allReasons {
		if errors.Is(err, r) {
			return r, true
		}
	}
	t.Fatalf("%q: %v has no reason", data, err)
	return "", false
}

// Every reason has a way out.
func TestReasonsHaveHints(t *testing.T) {
	seen := map[string]Reason{}
	for _, r := range allReasons {
		hint := r.hint("/x")
		if hint == "" || r.Error() == "" {
			t.Errorf("%q has no hint", r)
		}
		if other, ok := seen[hint]; ok {
			t.Errorf("%q and %q have the same hint", r, other)
		}
		seen[hint] = r
	}
	if len(slices.Collect(maps.Keys(seen))) != len(allReasons) {
		t.Errorf("%d hints for %d reasons", len(seen), len(allReasons))
	}
	if hint := Reason("new").hint("/x"); hint != "" {
		t.Errorf("a reason that is not known has the hint %q", hint)
	}
}
