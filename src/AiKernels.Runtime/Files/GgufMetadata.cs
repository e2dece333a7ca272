using System.Diagnostics.CodeAnalysis;
using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Files;

/// <summary>The metadata of a GGUF file: typed values under keys, in the order of the file.</summary>
/// <remarks>
/// <para>Values are read from the mapped file each time they are asked for; keep what is needed often. Integers of
/// every width are one kind here, and so are floats of both widths; nothing else is converted. Where a method takes a
/// fallback or tells by its result that a key is absent, a value of a wrong type is still refused.</para>
/// <para>All members may be used from several threads. Once the file is disposed, reading a value throws
/// <see cref="ObjectDisposedException"/>.</para>
/// </remarks>
public sealed class GgufMetadata
{
    private readonly GgufWindow _window;
    private readonly string _fileName;
    private readonly long _fileLength;
    private readonly GgufHeader _header;
    private readonly Dictionary<string, GgufEntry> _byKey;

    private delegate T Reader<T>(ref GgufCursor cursor, GgufValueType type);

    internal GgufMetadata(GgufWindow window, string fileName, long fileLength, GgufHeader header)
    {
        _window = window;
        _fileName = fileName;
        _fileLength = fileLength;
        _header = header;
        _byKey = header.Entries.ToDictionary(entry => entry.Key);
    }

    /// <summary>All entries, in the order of the file.</summary>
    public IReadOnlyList<GgufEntry> Entries => _header.Entries;

    /// <summary>Whether there is a value under this key.</summary>
    public bool Contains(string key) => _byKey.ContainsKey(key);

    /// <summary>Finds the type and place of a value.</summary>
    public bool TryGetEntry(string key, [NotNullWhen(true)] out GgufEntry? entry) => _byKey.TryGetValue(key, out entry);

    /// <summary>The integer under a key.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no integer below 2^63.</exception>
    public long GetInteger(string key) => ReadInteger(Find(key));

    /// <summary>The integer under a key, or <paramref name="fallback"/> where the key is absent.</summary>
    /// <exception cref="InvalidDataException">The value is no integer below 2^63.</exception>
    public long GetInteger(string key, long fallback) => TryGetInteger(key, out var value) ? value : fallback;

    /// <summary>Finds the integer under a key.</summary>
    /// <exception cref="InvalidDataException">The value is no integer below 2^63.</exception>
    public bool TryGetInteger(string key, out long value)
    {
        var found = _byKey.TryGetValue(key, out var entry);
        value = found ? ReadInteger(entry!) : 0;
        return found;
    }

    /// <summary>The integer under a key, which has to fit in 32 bits with its sign.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no such integer.</exception>
    public int GetInt32(string key)
    {
        var value = GetInteger(key);
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw Invalid(key, $"is {value}, which does not fit in 32 bits");
    }

    /// <summary>The integer under a key, or <paramref name="fallback"/> where the key is absent.</summary>
    /// <exception cref="InvalidDataException">The value is no integer that fits in 32 bits with its sign.</exception>
    public int GetInt32(string key, int fallback) => Contains(key) ? GetInt32(key) : fallback;

    /// <summary>The float under a key; a 64-bit float is rounded to the nearest of 32 bits.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no float.</exception>
    public float GetFloat(string key) => ReadFloat(Find(key));

    /// <summary>The float under a key, or <paramref name="fallback"/> where the key is absent.</summary>
    /// <exception cref="InvalidDataException">The value is no float.</exception>
    public float GetFloat(string key, float fallback) => TryGetFloat(key, out var value) ? value : fallback;

    /// <summary>Finds the float under a key; a 64-bit float is rounded to the nearest of 32 bits.</summary>
    /// <exception cref="InvalidDataException">The value is no float.</exception>
    public bool TryGetFloat(string key, out float value)
    {
        var found = _byKey.TryGetValue(key, out var entry);
        value = found ? ReadFloat(entry!) : 0;
        return found;
    }

    /// <summary>The boolean under a key.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no boolean.</exception>
    public bool GetBoolean(string key) => ReadBoolean(Find(key));

    /// <summary>The boolean under a key, or <paramref name="fallback"/> where the key is absent.</summary>
    /// <exception cref="InvalidDataException">The value is no boolean.</exception>
    public bool GetBoolean(string key, bool fallback) => TryGetBoolean(key, out var value) ? value : fallback;

    /// <summary>Finds the boolean under a key.</summary>
    /// <exception cref="InvalidDataException">The value is no boolean.</exception>
    public bool TryGetBoolean(string key, out bool value)
    {
        var found = _byKey.TryGetValue(key, out var entry);
        value = found && ReadBoolean(entry!);
        return found;
    }

    /// <summary>The string under a key; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no string.</exception>
    public string GetString(string key) => ReadString(Find(key));

    /// <summary>The string under a key, or <paramref name="fallback"/> where the key is absent.</summary>
    /// <exception cref="InvalidDataException">The value is no string.</exception>
    public string GetString(string key, string fallback) => TryGetString(key, out var value) ? value : fallback;

    /// <summary>Finds the string under a key; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="InvalidDataException">The value is no string.</exception>
    public bool TryGetString(string key, [NotNullWhen(true)] out string? value)
    {
        value = _byKey.TryGetValue(key, out var entry) ? ReadString(entry) : null;
        return value is not null;
    }

    /// <summary>How many bytes the string under a key has.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no string.</exception>
    internal int GetStringLength(string key) =>
        ReadScalar(Find(key), IsString, "a string", static (ref cursor, _) => cursor.String("value").Length);

    /// <summary>The array of integers under a key.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no array of integers.</exception>
    public long[] GetIntegers(string key) => ReadArray(
        Find(key), GgufValueTypeExtensions.IsInteger, "an array of integers",
        static (ref cursor, type) => cursor.Integer(type, "array element"));

    /// <summary>The array of floats under a key; 64-bit floats are rounded to the nearest of 32 bits.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no array of floats.</exception>
    public float[] GetFloats(string key) => ReadArray(
        Find(key), GgufValueTypeExtensions.IsFloat, "an array of floats",
        static (ref cursor, type) => (float)cursor.Float(type, "array element"));

    /// <summary>The array of booleans under a key.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no array of booleans.</exception>
    public bool[] GetBooleans(string key) => ReadArray(
        Find(key), IsBoolean, "an array of booleans",
        static (ref cursor, _) => cursor.Boolean("array element"));

    /// <summary>The array of strings under a key; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no array of strings.</exception>
    public string[] GetStrings(string key) => ReadArray(
        Find(key), IsString, "an array of strings",
        static (ref cursor, _) => Encoding.UTF8.GetString(cursor.String("array element")));

    /// <summary>The array of strings under a key as the file's own bytes, which need not be valid UTF-8.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value is no array of strings.</exception>
    public byte[][] GetUtf8Strings(string key) => ReadArray(
        Find(key), IsString, "an array of strings",
        static (ref cursor, _) => cursor.String("array element").ToArray());

    /// <summary>As <see cref="GetUtf8Strings"/>, without an array for each.</summary>
    /// <inheritdoc cref="GetUtf8Strings" path="/exception"/>
    internal Utf8Texts GetUtf8Texts(string key)
    {
        var entry = Find(key);
        using var held = _window.Hold();
        var cursor = At(entry, held);
        if (entry.ElementType is not { } elementType || !IsString(elementType))
        {
            throw WrongType(cursor, entry, "an array of strings");
        }

        // Tokens have some 8 bytes; the list grows where they have more.
        var texts = new Utf8Texts((int)entry.Count, (int)Math.Min(16L * entry.Count, cursor.Remaining));
        cursor.Strings(texts, entry.Count, "array element");
        return texts;
    }

    /// <summary>A value for people to read: on one line, without control characters, cut where it is long.</summary>
    /// <param name="key">The key of any entry.</param>
    /// <param name="maximumLength">About how many characters to show.</param>
    /// <exception cref="InvalidDataException">The key is missing.</exception>
    public string Describe(string key, int maximumLength = 60)
    {
        var entry = Find(key);
        using var held = _window.Hold();
        var cursor = At(entry, held);
        return GgufDescription.Of(ref cursor, entry, maximumLength);
    }

    /// <summary>The exception for a value that can't be accepted; its message has the key and the offset.</summary>
    /// <param name="key">The key of any entry.</param>
    /// <param name="problem">The rest of a sentence that starts with the value: "is 0; a model has layers".</param>
    public InvalidDataException Invalid(string key, string problem)
    {
        var entry = Find(key);
        using var held = _window.Hold();
        return At(entry, held).Bad("value", entry.Offset, problem);
    }

    private static bool IsBoolean(GgufValueType type) => type == GgufValueType.Boolean;

    private static bool IsString(GgufValueType type) => type == GgufValueType.String;

    private long ReadInteger(GgufEntry entry) => ReadScalar(entry, GgufValueTypeExtensions.IsInteger, "an integer",
        static (ref cursor, type) => cursor.Integer(type, "value"));

    private float ReadFloat(GgufEntry entry) => ReadScalar(entry, GgufValueTypeExtensions.IsFloat, "a float",
        static (ref cursor, type) => (float)cursor.Float(type, "value"));

    private bool ReadBoolean(GgufEntry entry) => ReadScalar(entry, IsBoolean, "a boolean",
        static (ref cursor, _) => cursor.Boolean("value"));

    private string ReadString(GgufEntry entry) => ReadScalar(entry, IsString, "a string",
        static (ref cursor, _) => Encoding.UTF8.GetString(cursor.String("value")));

    private GgufEntry Find(string key) => _byKey.TryGetValue(key, out var entry)
        ? entry
        : throw new InvalidDataException($"{Printable.Text(_fileName)}: metadata {Printable.Quote(key)} is missing; " +
            $"the metadata ends at byte {_header.MetadataEnd}.");

    private T ReadScalar<T>(GgufEntry entry, Predicate<GgufValueType> isWanted, string wanted, Reader<T> read)
    {
        using var held = _window.Hold();
        var cursor = At(entry, held);
        return isWanted(entry.Type) ? read(ref cursor, entry.Type) : throw WrongType(cursor, entry, wanted);
    }

    private T[] ReadArray<T>(GgufEntry entry, Predicate<GgufValueType> isWanted, string wanted, Reader<T> read)
    {
        using var held = _window.Hold();
        var cursor = At(entry, held);
        if (entry.ElementType is not { } elementType || !isWanted(elementType))
        {
            throw WrongType(cursor, entry, wanted);
        }

        // Opening has checked that the file holds this many elements.
        var values = new T[entry.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(ref cursor, elementType);
        }

        return values;
    }

    private GgufCursor At(GgufEntry entry, GgufWindow.Holder held) => new(held.Bytes, _fileName, _fileLength)
    {
        Position = (int)entry.Offset,
        Owner = "metadata",
        OwnerName = entry.Key,
    };

    private static InvalidDataException WrongType(GgufCursor cursor, GgufEntry entry, string wanted) =>
        cursor.Bad("value", entry.Offset, $"is of type {entry.TypeName}, where {wanted} is needed");
}
