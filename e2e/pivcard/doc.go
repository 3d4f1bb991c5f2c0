// Package pivcard is a smart card in software: a PIV card application with Yubico's extensions, as
// a YubiKey of firmware 5.4.3 or 5.7.1 has it.
//
// It is the second of its kind, and independent of package card. A test that passes on one card
// only relies on a habit of that card. So it was written without knowledge of the first one, from
// these sources:
//
//   - NIST SP 800-73-4, parts 1 and 2: data objects and who may read them, security status, commands
//   - NIST SP 800-78-4: algorithms
//   - ISO/IEC 7816-4: the form of commands and answers, chaining
//   - Yubico's descriptions of its extensions (docs.yubico.com/yesdk/users-manual/application-piv)
//   - what piv-go, ykman and yubico-piv-tool send, and expect as an answer
//
// Where the specification leaves a choice, or says other than YubiKeys are known to do, this card
// does what other implementations do (CanoKey, PivApplet, Nitrokey's piv-authenticator), or what
// the specification says:
//
//   - the PIN that spends the last try is answered with 6983, not with 63C0; an empty VERIFY of a
//     blocked PIN with 63C0
//   - to select PIV while it is selected leaves the security status as it is; to select another
//     application ends it (SP 800-73-4, part 2, 3.1.1)
//   - the PIN policy "always" wants the VERIFY to be the command right before the use of the key
//   - a changed PIN counts as verified (part 2, 3.2.2)
//   - a key that isn't there is 6985 to GENERAL AUTHENTICATE, 6A80 to ATTEST, and 6A88 to GET
//     METADATA
//   - 61FF says that more than 254 bytes of an answer are left
//
// A Card is inserted into a virtual reader (vpcd) by a connection to it. Tests touch it, remove
// it, also in the middle of a command, and ask what it was sent.
package pivcard
