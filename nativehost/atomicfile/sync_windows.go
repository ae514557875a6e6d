package atomicfile

// SyncFolder does nothing: Windows has no such thing, and NTFS keeps its names in a log.
func SyncFolder(string) error { return nil }
