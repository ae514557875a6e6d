package message

var host = map[string]entry{}
