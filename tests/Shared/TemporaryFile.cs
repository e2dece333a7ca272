namespace AiKernels.Tests.Shared;

/// <summary>A file for the length of a test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    /// <summary>Names a file that doesn't exist yet.</summary>
    public TemporaryFile()
    {
    }

    public TemporaryFile(ReadOnlySpan<byte> bytes) => File.WriteAllBytes(Path, bytes);

    public string Path { get; } =
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"aikernels-{Guid.NewGuid():N}.gguf");

    public void Dispose() => File.Delete(Path);
}
