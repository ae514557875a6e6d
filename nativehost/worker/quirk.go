package worker

// A Quirk is something that a library wants done in another way than the standard says.
type Quirk string

// InitializeNull says that C_Initialize takes no arguments but NULL. The worker tries that by itself where a library
// answers CKR_ARGUMENTS_BAD; some do worse.
const InitializeNull Quirk = "initialize-null"

// Known reports whether there is such a quirk.
func (q Quirk) Known() bool { return q == InitializeNull || q == OpenSC }
