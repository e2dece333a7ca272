namespace AiKernels.Runtime.Files.Packed;

/// <summary>By what a file is recognised as the one that weights were packed from.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Modified">When it was last written, in ticks of universal time.</param>
/// <param name="Fingerprint">
/// A hash of its whole header (metadata, vocabulary, tensor records) and of up to 4 KB from the middle of every tensor.
/// Another training of the same model, even under the same name, size and time, differs in these.
/// </param>
internal readonly record struct SourceIdentity(long Length, long Modified, ulong Fingerprint);
