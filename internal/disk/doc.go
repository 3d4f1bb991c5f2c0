// Package disk writes files whole or not at all, whatever happens in between: another
// program, a full disk, a killed process, a power cut.
//
// There is one level of durability. When a call returns without an error, the content and
// the name of the file survive a power cut. The error ErrUnconfirmed says that the change
// was made, but the system could not confirm that it lasts. The one exception is
// File.Disposable, for files that may be deleted at any time, such as those of a cache or
// a practice world. No call waits for the disk there, so after a power cut the file may be
// missing, old or damaged; if that matters, its reader must notice by a checksum. Other
// programs still see whole files. Waiting twice for each of a thousand cache files takes
// three times as long on a fast disk and far longer on a slow one, and would only protect
// what exists to save time.
//
// Several files change together by a Batch.
//
// Names are opened through an os.Root, so a link that someone swaps in leads nowhere.
// keystore, remote and cmd import this package; nothing else writes files.
//
// Entry points: File, Batch, Remove, Replace, Move, Rename, MakeFolder, Lock, LockFolder, Read, ReadIn, OpenIn, OpenFileIn, Head, Sum, SumLine, ParseSumLine, SafeName.
package disk
