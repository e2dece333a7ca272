using System.Globalization;
using System.Text;
using System.Text.Json;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>A value of a JSON file and the path to it, which messages name.</summary>
internal readonly struct JsonField
{
    private const int MostNested = 64;

    private readonly JsonElement _element;
    private readonly string _parent;
    private readonly string? _name;
    private readonly int _index;

    // The path is put together when a message needs it: a vocabulary has some 100,000 values.
    private JsonField(JsonElement element, string file, string parent, string? name, int index = -1)
    {
        (_element, File) = (element, file);
        (_parent, _name, _index) = (parent, name, index);
    }

    /// <summary>The name of the file.</summary>
    public string File { get; }

    /// <summary>Where the value is, as in "model.merges[3]".</summary>
    public string Path =>
        _name is not null ? _parent.Length == 0 ? Printable.Text(_name) : $"{_parent}.{Printable.Text(_name)}"
        : _index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{_parent}[{_index}]")
        : _parent;

    /// <summary>Whether there is nothing: no such property, or null.</summary>
    public bool IsAbsent => _element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsArray => _element.ValueKind == JsonValueKind.Array;

    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    public bool IsText => _element.ValueKind == JsonValueKind.String;

    /// <summary>How many elements an array has.</summary>
    public int Count => IsArray ? _element.GetArrayLength() : throw Bad("is no array");

    /// <summary>The text, which has to be one.</summary>
    public string Text
    {
        get
        {
            try
            {
                return IsText ? _element.GetString()! : throw Bad("is no text");
            }
            catch (InvalidOperationException)
            {
                throw Bad("has half a surrogate pair");
            }
        }
    }

    public bool Boolean => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Bad("is neither true nor false"),
    };

    public int Integer => _element.ValueKind == JsonValueKind.Number && _element.TryGetInt32(out var value)
        ? value
        : throw Bad("is no integer of 32 bits");

    public double Number => _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out var value) && double.IsFinite(value)
        ? value
        : throw Bad("is no number");

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonField> Elements
    {
        get
        {
            if (!IsArray)
            {
                throw Bad("is no array");
            }

            var (path, index) = (Path, 0);
            foreach (var element in _element.EnumerateArray())
            {
                yield return new JsonField(element, File, path, null, index++);
            }
        }
    }

    /// <summary>The names and values of an object.</summary>
    public IEnumerable<(string Name, JsonField Value)> Properties
    {
        get
        {
            if (!IsObject)
            {
                throw Bad("is no object");
            }

            var path = Path;
            foreach (var property in _element.EnumerateObject())
            {
                string name;
                try
                {
                    name = property.Name;
                }
                catch (InvalidOperationException)
                {
                    throw Bad("has half a surrogate pair in a name");
                }

                yield return (name, new JsonField(property.Value, File, path, name));
            }
        }
    }

    /// <summary>A property, absent if the object has none of this name.</summary>
    public JsonField this[string name] =>
        !IsObject ? throw Bad("is no object")
        : new(_element.TryGetProperty(name, out var value) ? value : default, File, Path, name);

    /// <summary>An element of an array.</summary>
    public JsonField this[int index] => new(_element[index], File, Path, null, index);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public static JsonField Parse(byte[] bytes, string file)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            throw new InvalidDataException($"{Printable.Text(file)} is no UTF-8");
        }

        try
        {
            var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            using var document = JsonDocument.Parse(bytes.AsMemory(start), new JsonDocumentOptions { MaxDepth = MostNested });
            return new(document.RootElement.Clone(), file, "", null);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{Printable.Text(file)} is no JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}");
        }
    }

    /// <summary>The value, or a default where it is absent.</summary>
    public bool BooleanOr(bool fallback) => IsAbsent ? fallback : Boolean;

    /// <inheritdoc cref="BooleanOr"/>
    public string? TextOr(string? fallback) => IsAbsent ? fallback : Text;

    /// <summary>The value as it is written.</summary>
    public string Raw() => IsAbsent ? "null" : _element.GetRawText();

    /// <summary>The exception for a value that can't be accepted.</summary>
    /// <param name="problem">The rest of a sentence that begins with the path.</param>
    public InvalidDataException Bad(string problem) =>
        new($"{Printable.Text(File)}: {(Path.Length == 0 ? "the whole" : Path)} {problem}");

    /// <summary>The exception for something that these tokenizers don't do.</summary>
    public InvalidDataException Unknown() => Bad($"is {Printable.Quote(IsText ? Text : Raw())}, which is not known");
}
