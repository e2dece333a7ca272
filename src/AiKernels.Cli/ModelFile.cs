namespace AiKernels.Cli;

/// <summary>The file behind a command's MODEL. The built-in model is unpacked, since models are mapped from files.</summary>
internal sealed class ModelFile : IDisposable
{
    /// <summary>The name of the built-in model.</summary>
    public const string BuiltIn = "demo";

    private readonly DirectoryInfo? _folder;

    /// <exception cref="IOException">The built-in model can't be unpacked.</exception>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ModelFile(string model)
    {
        Path = model.Length > 0 ? model : throw new ArgumentException("the name of the model's file is empty");
        if (model == BuiltIn)
        {
            // A folder of an unused name that nobody else may enter: no file in it can be anyone else's.
            _folder = Directory.CreateTempSubdirectory("aikernels-");
            Path = System.IO.Path.Combine(_folder.FullName, "shakespeare.gguf");
            Unpack();
        }
    }

    public string Path { get; }

    /// <summary>
    /// The folder for packed weights that <see cref="Inputs.PackedCache"/> asks for. None for the built-in model: it is
    /// small, and unpacked anew each time.
    /// </summary>
    public string? PackedCacheFolder(string? asked) =>
        _folder is not null || asked is null ? null
        : asked.Length > 0 ? asked
        : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path));

    public void Dispose()
    {
        try
        {
            _folder?.Delete(recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A copy of a few megabytes stays behind in the temporary folder; the result is not affected.
        }
    }

    private void Unpack()
    {
        try
        {
            using var packed = typeof(ModelFile).Assembly.GetManifestResourceStream("demo.gguf")!;
            using var file = new FileStream(Path, FileMode.CreateNew);
            packed.CopyTo(file);
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
