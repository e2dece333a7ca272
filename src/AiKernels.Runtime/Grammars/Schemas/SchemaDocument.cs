using System.Text;
using System.Text.Json;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>A document of JSON Schema: its schemas, and what they refer to. Nothing outside it is ever fetched.</summary>
internal sealed class SchemaDocument
{
    /// <summary>How deep its JSON may be: a schema within another is a level deeper where a keyword holds several.</summary>
    public const int MostJsonDepth = 2 * MostDepth;

    private const int MostDepth = 64;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private static readonly Uri Unnamed = new("schema:/");

    private readonly Dictionary<string, SchemaNode> _byPath = [];
    private readonly Dictionary<string, string> _pathOfUri = [];
    private readonly Dictionary<string, SchemaNode> _constants = [];
    private readonly Dictionary<string, SchemaNode> _beside = [];
    private readonly Dictionary<(SchemaNode Node, string Keyword), IReadOnlyList<(string Name, SchemaNode Node)>> _maps = [];
    private readonly bool _hasOrderedConstants;
    private int _ids;

    private SchemaDocument(JsonElement root, bool hasOrderedConstants)
    {
        _hasOrderedConstants = hasOrderedConstants;
        Root = Node(root, "", Unnamed);
        Index(Root, 0);
    }

    /// <summary>The schema that a document is.</summary>
    public SchemaNode Root { get; }

    /// <param name="json">The document.</param>
    /// <param name="hasOrderedConstants">Whether properties of constants come in their order.</param>
    /// <exception cref="GrammarException">It is no JSON, no schema, or has a reference to nowhere.</exception>
    public static SchemaDocument Parse(string json, bool hasOrderedConstants = false)
    {
        try
        {
            var utf8 = Strict.GetBytes(json);
            CheckTexts(utf8);
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MostJsonDepth, AllowDuplicateProperties = false });
            return new SchemaDocument(document.RootElement.Clone(), hasOrderedConstants);
        }
        catch (JsonException fault)
        {
            throw new GrammarException($"the schema is no JSON: {fault.Message}");
        }
        catch (Exception fault) when (fault is InvalidOperationException or EncoderFallbackException)
        {
            throw new GrammarException("the schema has half a surrogate pair, which is no text");
        }
    }

    /// <summary>Reads all names and strings: an escape may stand for half a character.</summary>
    /// <exception cref="InvalidOperationException">One does.</exception>
    private static void CheckTexts(byte[] utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MostJsonDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                _ = reader.GetString();
            }
        }
    }

    /// <summary>The schema that a keyword of another holds.</summary>
    public SchemaNode? Child(SchemaNode node, string keyword) =>
        node[keyword] is { } value && IsSchema(value) ? At(node, value, Step(node.Path, keyword)) : null;

    /// <summary>The schemas in a list that a keyword holds.</summary>
    public IReadOnlyList<SchemaNode> List(SchemaNode node, string keyword) =>
        node[keyword] is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select((value, i) => At(node, value, Step(Step(node.Path, keyword), $"{i}")))]
            : [];

    /// <summary>The schemas that a keyword holds by name, in the order of the document.</summary>
    public IReadOnlyList<(string Name, SchemaNode Node)> Map(SchemaNode node, string keyword)
    {
        if (node[keyword] is not { ValueKind: JsonValueKind.Object } map)
        {
            return [];
        }

        // Asked for once for each name of an object.
        if (!_maps.TryGetValue((node, keyword), out var entries))
        {
            _maps[(node, keyword)] = entries = [.. map.EnumerateObject().Where(entry => IsSchema(entry.Value))
                .Select(entry => (entry.Name, At(node, entry.Value, Step(Step(node.Path, keyword), entry.Name))))];
        }

        return entries;
    }

    /// <summary>The schema that a reference names.</summary>
    public SchemaNode Resolve(SchemaNode from, string reference)
    {
        var isUri = Uri.TryCreate(from.BaseUri, reference, out var uri);
        var whole = isUri ? uri!.AbsoluteUri : "";
        var (resource, fragment) = whole.IndexOf('#') is >= 0 and var hash ? (whole[..hash], whole[(hash + 1)..]) : (whole, "");
        var isPointer = fragment.Length == 0 || fragment[0] == '/';
        if (!isUri || !_pathOfUri.TryGetValue(isPointer ? resource : whole, out var path))
        {
            throw from.Fault($"refers to {reference}, which is not in the document");
        }

        var node = _byPath[path];
        return !isPointer || fragment.Length == 0 ? node : Walk(node, from, reference, Uri.UnescapeDataString(fragment));
    }

    /// <summary>The schema whose only value is a constant.</summary>
    public SchemaNode Constant(JsonElement value)
    {
        var key = value.GetRawText();
        if (!_constants.TryGetValue(key, out var node))
        {
            node = new SchemaNode(_ids, ConstantSchema.Of(value), $"the constant {_ids}", Unnamed, isOrdered: _hasOrderedConstants);
            _ids++;
            _constants[key] = node;
        }

        return node;
    }

    /// <summary>A schema that isn't in the document, of the keywords of one that has no references.</summary>
    public SchemaNode Beside(string schema)
    {
        if (!_beside.TryGetValue(schema, out var node))
        {
            _beside[schema] = node = new SchemaNode(_ids++, JsonElement.Parse(schema), schema, Unnamed);
        }

        return node;
    }

    private static bool IsSchema(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False;

    private static string Step(string path, string name) => $"{path}/{name.Replace("~", "~0").Replace("/", "~1")}";

    private static Uri BaseOf(JsonElement value, Uri outer) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("$id", out var id)
        && id.ValueKind == JsonValueKind.String && Uri.TryCreate(outer, id.GetString(), out var uri)
            ? uri
            : outer;

    private SchemaNode At(SchemaNode parent, JsonElement value, string path) => Node(value, path, parent.BaseUri);

    private SchemaNode Node(JsonElement value, string path, Uri outer)
    {
        if (!_byPath.TryGetValue(path, out var node))
        {
            node = new SchemaNode(_ids++, value, path, BaseOf(value, outer));
            _byPath[path] = IsSchema(value) ? node : throw node.Fault("is neither an object nor true or false");
        }

        return node;
    }

    private SchemaNode Walk(SchemaNode node, SchemaNode from, string reference, string pointer)
    {
        var (value, path, baseUri) = (node.Value, node.Path, node.BaseUri);
        foreach (var escaped in pointer.Split('/').Skip(1))
        {
            var name = escaped.Replace("~1", "/").Replace("~0", "~");
            var isThere = value.ValueKind switch
            {
                JsonValueKind.Object => value.TryGetProperty(name, out value),
                JsonValueKind.Array when int.TryParse(name, out var index) && index >= 0 && index < value.GetArrayLength() =>
                    (value = value[index]).ValueKind != JsonValueKind.Undefined,
                _ => false,
            };
            if (!isThere)
            {
                throw from.Fault($"refers to {reference}, which is not in the document");
            }

            path = Step(path, name);
            baseUri = BaseOf(value, baseUri);
        }

        var isNew = !_byPath.ContainsKey(path);
        var found = Node(value, path, baseUri);
        if (isNew)
        {
            Index(found, 0); // It stands where no keyword says that there is a schema.
        }

        return found;
    }

    /// <summary>Takes up all schemas and what they call themselves, and refuses what isn't supported.</summary>
    private void Index(SchemaNode node, int depth)
    {
        if (depth > MostDepth)
        {
            throw node.Fault($"is nested more than {MostDepth} deep");
        }

        if (SchemaKeywords.Unsupported.FirstOrDefault(keyword => node[keyword] is not null) is { } unsupported)
        {
            throw node.Fault($"uses {unsupported}, which isn't supported");
        }

        if (Misused(node) is { } misused)
        {
            throw node.Fault($"has {misused.Keyword}, which must be {misused.Form}");
        }

        if (node.Path.Length == 0 || node["$id"] is not null)
        {
            _pathOfUri.TryAdd(node.BaseUri.GetLeftPart(UriPartial.Query), node.Path);
            _pathOfUri.TryAdd(node.BaseUri.AbsoluteUri, node.Path);
        }

        foreach (var anchor in new[] { node["$anchor"], node["$dynamicAnchor"] })
        {
            if (anchor is { ValueKind: JsonValueKind.String } name)
            {
                _pathOfUri.TryAdd($"{node.BaseUri.GetLeftPart(UriPartial.Query)}#{name.GetString()}", node.Path);
            }
        }

        foreach (var child in Children(node))
        {
            Index(child, depth + 1);
        }
    }

    /// <summary>A keyword that holds something else than it should, if there is one; up to draft 2019-09 they held a few things more.</summary>
    private static (string Keyword, string Form)? Misused(SchemaNode node)
    {
        return First(SchemaKeywords.One, "a schema", (keyword, said) =>
                IsSchema(said) || (SchemaKeywords.Lists.Contains(keyword) && said.ValueKind == JsonValueKind.Array))
            ?? First(SchemaKeywords.Lists, "a list of schemas", (keyword, said) =>
                said.ValueKind == JsonValueKind.Array || (IsSchema(said) && keyword is "items" or "prefixItems"))
            ?? First(SchemaKeywords.Maps, "an object of schemas", (keyword, said) =>
                said.ValueKind == JsonValueKind.Object && said.EnumerateObject().All(entry =>
                    IsSchema(entry.Value) || (keyword == "dependencies" && entry.Value.ValueKind is JsonValueKind.Array)))
            ?? First(["$ref"], "a text", (_, said) => said.ValueKind == JsonValueKind.String)
            ?? First(["uniqueItems"], "true or false", (_, said) => said.ValueKind is JsonValueKind.True or JsonValueKind.False);

        (string, string)? First(IEnumerable<string> keywords, string form, Func<string, JsonElement, bool> fits) =>
            keywords.FirstOrDefault(keyword => node[keyword] is { } said && !fits(keyword, said)) is { } keyword ? (keyword, form) : null;
    }

    private IEnumerable<SchemaNode> Children(SchemaNode node) =>
        SchemaKeywords.One.Select(keyword => Child(node, keyword)).OfType<SchemaNode>()
            .Concat(SchemaKeywords.Lists.SelectMany(keyword => List(node, keyword)))
            .Concat(SchemaKeywords.Maps.SelectMany(keyword => Map(node, keyword)).Select(entry => entry.Node));
}
