// Package disk changes files so that they are there whole or not at all, whatever
// happens meanwhile: another program, a full disk, a killed process, a power cut.
//
// There is one durability. When a call returns without an error, the content and the
// name of the file outlast a power cut; the error ErrUnconfirmed says that the change is
// made and could not be made to last. File.Disposable is the one exception, for files
// that may be deleted at any time, as those of a cache or of a practice world: nothing
// waits for the disk, so after a power cut the file may be missing, old or damaged, and
// where that matters its reader must notice, by a checksum. Other programs see whole files
// all the same. To wait twice for each of a thousand cache files takes three times as long
// on a fast disk and far longer on a slow one, and protects what is only there to save time.
//
// Names are reached through an os.Root: a link swapped in meanwhile leads nowhere.
// keystore, remote and cmd import this package; nothing else writes files.
//
// Entry points: File, Remove, Rename, MakeFolder, Lock, Read, ReadIn, OpenIn, OpenFileIn, Head, Sum, SumLine, ParseSumLine, SafeName.
package disk
