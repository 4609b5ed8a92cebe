// Command duenotice gives people due notice before a record is created about them, and proves that it did.
package main

func main() {}
