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

    /// <summary>Replaces the contents in place, which costs no disk time, unlike emptying or remaking the file.</summary>
    public void Overwrite(ReadOnlySpan<byte> bytes)
    {
        using var stream = new FileStream(Path, FileMode.Open, FileAccess.Write);
        stream.Write(bytes);
        stream.SetLength(bytes.Length);
    }

    public void Dispose() => File.Delete(Path);
}
