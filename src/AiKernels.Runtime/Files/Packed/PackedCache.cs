using System.Text;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Hashing;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>
/// The packed weights of one model file in a folder: found there and checked, or kept there once they are packed. No
/// failure of it is a failure of loading; what is wrong is told in <see cref="Result"/>.
/// </summary>
internal sealed class PackedCache : IDisposable
{
    private const string Extension = ".packed";
    private const int LongestName = 100;

    private readonly IBackend _backend;
    private readonly CancellationToken _cancellation;
    private readonly Task<PackedFile?> _file;
    private readonly List<(StoredTensor Tensor, PackedWeight Weight)> _weights = [];

    // Set by the task.
    private string _path = "";
    private PackedKey? _key;
    private UnixFileMode? _mode;
    private string? _problem;
    private bool _isComplete = true;

    private PackedCache(GgufFile model, string folder, IBackend backend, string layout, CancellationToken cancellation)
    {
        (_backend, _cancellation) = (backend, cancellation);
        _file = Task.Run(() => TryOpen(model, folder, layout), CancellationToken.None);
    }

    /// <summary>What came of it, for people; known once <see cref="Keep"/> has been called.</summary>
    public PackedCacheResult? Result { get; private set; }

    /// <summary>Looks for the packed weights of a model, in the background; null where the backend's can't be kept.</summary>
    public static PackedCache? Open(GgufFile model, string folder, IBackend backend, CancellationToken cancellation) =>
        backend.PackedLayout is { } layout ? new PackedCache(model, folder, backend, layout, cancellation) : null;

    /// <summary>The weight of a tensor that a layer reads, if it was kept; waits until all are checked.</summary>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public PackedWeight? Find(StoredTensor tensor, int layer)
    {
        var file = _file.GetAwaiter().GetResult();
        try
        {
            if (file?.Adopt(_backend, tensor, layer) is { } weight)
            {
                _weights.Add((tensor, weight));
                return weight;
            }
        }
        catch (Exception failure) when (IsHarmless(failure))
        {
            _problem = failure.Message;
        }

        return null;
    }

    /// <summary>Notes a weight that was packed because it was not found.</summary>
    public void Add(StoredTensor tensor, PackedWeight weight)
    {
        _isComplete = false;
        _weights.Add((tensor, weight));
    }

    /// <summary>Writes all weights, unless all were found.</summary>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public void Keep()
    {
        if (_isComplete)
        {
            Result = new PackedCacheResult(PackedCacheState.Used, _path, null);
            return;
        }

        try
        {
            if (_key is not null)
            {
                PackedFileWriter.Write(_path, _mode, _key, _backend, _weights, _cancellation);
                Result = new PackedCacheResult(PackedCacheState.Written, _path, _problem);
                return;
            }
        }
        catch (Exception failure) when (IsHarmless(failure))
        {
            _problem = failure.Message;
        }

        Result = new PackedCacheResult(PackedCacheState.Unwritable, _path, _problem);
    }

    /// <summary>Closes the file; weights that were found in it stay.</summary>
    public void Dispose()
    {
        try
        {
            _file.GetAwaiter().GetResult()?.Dispose();
        }
        catch (OperationCanceledException)
        {
            // Whoever loads has been told.
        }
    }

    /// <summary>
    /// The file's name: the model's, so that people recognise it, and a hash of the model's place and the layout, so that
    /// models of one name share a folder. It is the same for every state of the model: a stale file is replaced.
    /// </summary>
    private static string Name(GgufFile model, string layout)
    {
        var target = Target(model);
        var name = string.Concat(Path.GetFileName(target).Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        return $"{name}.{ContentHash.Of(Encoding.UTF8.GetBytes($"{target}\n{layout}")):x16}{Extension}";
    }

    private static string Target(GgufFile model)
    {
        var full = Path.GetFullPath(model.Path);
        return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }

    /// <summary>Who may read the model may read its weights in another form; but they are their maker's own to write.</summary>
    private static UnixFileMode? Mode(GgufFile model) => OperatingSystem.IsWindows()
        ? null
        : (File.GetUnixFileMode(Target(model)) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead))
            | UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Whatever it is, a model can be loaded without the cache; but what takes more memory won't help against too little.</summary>
    private static bool IsHarmless(Exception failure) =>
        failure is not (OperationCanceledException or OutOfMemoryException);

    private PackedFile? TryOpen(GgufFile model, string folder, string layout)
    {
        try
        {
            _path = Path.Combine(Path.GetFullPath(folder), Name(model, layout));
            _mode = Mode(model);
            _key = new PackedKey(layout, model.Identity); // Before any weight is read: a later change of the file shows.
            return OpenIfThere();
        }
        catch (Exception failure) when (IsHarmless(failure))
        {
            _problem = failure.Message;
            return null;
        }
    }

    private PackedFile? OpenIfThere()
    {
        try
        {
            return PackedFile.Open(_path, _key!, _cancellation);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
