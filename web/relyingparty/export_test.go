package relyingparty

// UsedInMemory returns what a site of one process keeps used challenges in, with room for so many.
func UsedInMemory(max int) UsedChallenges { return &usedInMemory{max: max} }
