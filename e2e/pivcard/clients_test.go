package pivcard_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
)

var versions = []pivcard.Version{pivcard.V543, pivcard.V571}

const (
	serial  = 13371337
	manager = "010203040506070801020304050607080102030405060708"
)

// inserted is a new card in a service of its own.
func inserted(t *testing.T, config pivcard.Config) (*peer.CardService, *pivcard.Card) {
	t.Helper()
	config.Serial = serial
	card, err := pivcard.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return peer.Insert(t, card), card
}

// yubico-piv-tool finds a YubiKey: it makes, takes and uses keys, keeps certificates, and changes
// secrets.
func TestYubicoPIVTool(t *testing.T) {
	for _, version := range versions {
		t.Run(version.String(), func(t *testing.T) {
			service, card := inserted(t, pivcard.Config{Firmware: version})
			card.KeepTouching(true)
			tool := service.Program(t, "yubico-piv-tool")
			peer.Says(t, tool.Run(t, "-a", "version"), version.String())
			peer.Says(t, tool.Run(t, "-a", "status"), "13371337", "PIN tries left:\t3", "CHUID:\tNo data available")
			if version == pivcard.V543 {
				makesWith(t, tool)
				tool.Run(t, "-k"+manager, "-a", "set-mgm-key", "-n", "0a"+manager[2:], "--touch-policy=always")
				touches := card.Blinks()
				tool.Run(t, "-k"+"0a"+manager[2:], "-a", "set-chuid")
				if card.Blinks() != touches+1 {
					t.Errorf("touched %d times for the management key", card.Blinks()-touches)
				}
				peer.Says(t, tool.Run(t, "-a", "status"), "CHUID:\t30")
			}
			tool.Run(t, "-a", "change-pin", "-P", "123456", "-N", "654321")
			if refused := tool.Try("-a", "verify-pin", "-P", "123456"); refused.Code == 0 {
				t.Error("the old PIN is taken")
			}
			peer.Says(t, tool.Run(t, "-a", "status"), "PIN tries left:\t2")
			tool.Run(t, "-a", "verify-pin", "-P", "654321")
			tool.Run(t, "-a", "unblock-pin", "-P", "12345678", "-N", "111222")
			tool.Run(t, "-a", "change-puk", "-P", "12345678", "-N", "87654321")
			tool.Run(t, "-a", "verify-pin", "-P", "111222")
		})
	}
}

// makesWith makes and imports keys with the tool. It can't do so on newer firmware: it takes the
// management key for 3DES there.
func makesWith(t *testing.T, tool *peer.Client) {
	t.Helper()
	file := func(name string) string { return filepath.Join(tool.Home, name) }
	for _, key := range []struct{ slot, algorithm string }{{"9a", "ECCP256"}, {"9c", "ECCP384"}, {"9d", "RSA2048"}, {"82", "RSA1024"}} {
		tool.Run(t, "-k"+manager, "-a", "generate", "-s", key.slot, "-A", key.algorithm, "--pin-policy=once", "--touch-policy=always", "-o", file("public-"+key.slot))
		peer.Says(t, tool.Run(t, "-a", "attest", "-s", key.slot, "-o", "-"), "BEGIN CERTIFICATE")
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	tool.Run(t, "-k"+manager, "-a", "import-key", "-s", "9e", "-i", file("key"))
	tool.Run(t, "-k"+manager, "-a", "set-chuid", "-a", "set-ccc")
	if refused := tool.Try("-a", "attest", "-s", "9e"); refused.Code == 0 {
		t.Error("a key that was imported is attested")
	}
}

// ykman finds a YubiKey with the application PIV: it makes keys and certificates, protects the
// management key by the PIN, and resets the token.
func TestYkman(t *testing.T) {
	for version, keys := range map[pivcard.Version]map[string]string{
		pivcard.V543: {"9a": "ECCP256", "9c": "RSA2048"},
		pivcard.V571: {"83": "ECCP384"},
	} {
		t.Run(version.String(), func(t *testing.T) {
			service, card := inserted(t, pivcard.Config{Firmware: version})
			ykman, tool := service.Program(t, "ykman"), service.Program(t, "yubico-piv-tool")
			run := func(args ...string) string {
				return ykman.Run(t, append([]string{"--device", "13371337"}, args...)...)
			}
			peer.Says(t, ykman.Run(t, "list"), "YubiKey 5", "13371337", version.String())
			peer.Says(t, run("piv", "info"), "PIN tries remaining: 3/3", "Using default PIN")
			public, certificate := filepath.Join(ykman.Home, "public.pem"), filepath.Join(ykman.Home, "certificate.pem")
			card.KeepTouching(true)
			for slot, algorithm := range keys {
				run("piv", "keys", "generate", slot, "-a", algorithm, "--pin-policy", "once", "--touch-policy", "cached", "-m", manager, public)
				run("piv", "certificates", "generate", slot, public, "-s", "root", "-m", manager, "-P", "123456")
				run("piv", "certificates", "export", slot, certificate)
				tool.Run(t, "-a", "verify-pin", "-P", "123456", "-a", "test-signature", "-s", slot, "-i", certificate)
				run("piv", "keys", "attest", slot, "-")
			}
			run("piv", "access", "change-management-key", "--protect", "-g", "-P", "123456", "-m", manager)
			run("piv", "access", "set-retries", "5", "4", "-f", "-P", "123456")
			peer.Says(t, run("piv", "info"), "Management key is stored on the YubiKey, protected by PIN", "CN=root", "PIN tries remaining: 5/5")
			run("piv", "reset", "-f")
			if pin, puk := card.Tries(); pin != 3 || puk != 3 {
				t.Errorf("%d and %d tries left", pin, puk)
			}
		})
	}
}

// OpenSC, whose driver knows PIV from the specification, lists a certificate, and signs with its
// key.
func TestOpenSC(t *testing.T) {
	service, card := inserted(t, pivcard.Config{Firmware: pivcard.V543})
	ykman := service.Program(t, "ykman")
	file := func(name string) string { return filepath.Join(ykman.Home, name) }
	ykman.Run(t, "--device", "13371337", "piv", "keys", "generate", "9a", "-a", "ECCP256", "-m", manager, file("public.pem"))
	ykman.Run(t, "--device", "13371337", "piv", "certificates", "generate", "9a", file("public.pem"), "-s", "root", "-m", manager, "-P", "123456")
	peer.Says(t, service.Program(t, "pkcs15-tool").Run(t, "--list-certificates", "--list-keys"), "Certificate for PIV Authentication", "PIV AUTH key")
	digest := sha256.Sum256([]byte("a message"))
	if err := os.WriteFile(file("digest"), digest[:], 0o600); err != nil {
		t.Fatal(err)
	}
	used := card.Signatures()
	service.Program(t, "pkcs11-tool").Run(t, "--login", "--pin", "123456", "--sign", "--mechanism", "ECDSA", "--id", "01",
		"--signature-format", "openssl", "-i", file("digest"), "-o", file("signature"))
	signature, err := os.ReadFile(file("signature"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(file("public.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(public)
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), digest[:], signature) || card.Signatures() != used+1 {
		t.Errorf("signed %d times", card.Signatures()-used)
	}
}
