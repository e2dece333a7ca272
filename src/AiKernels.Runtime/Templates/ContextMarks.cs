using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AiKernels.Runtime.Templates.Library;

namespace AiKernels.Runtime.Templates;

/// <summary>A context in whose texts a mark follows each character with which the name of a control token might begin.</summary>
/// <remarks>
/// Marking the first character is enough, whatever the template cuts out or puts together: no name begins but with it. What the
/// template itself looks for, such as <c>&lt;/think&gt;</c>, must still be found, and stays unmarked as long as no control token's
/// name is like it.
/// </remarks>
internal sealed partial class ContextMarks
{
    private const char FirstMark = '\uE000', LastMark = '\uF8FF';

    // Templates are given less, see TemplateOptions.MaxDepth, but only later; here the stack must suffice.
    private const int MostDepth = 1000;

    private readonly ControlNames _controls;
    private readonly TemplateLiterals? _literals;
    private readonly string _mark;

    public ContextMarks(ControlNames controls, string template, JsonObject context)
    {
        _controls = controls;
        Context = context;
        _mark = "";
        if (!Texts(context, isTrusted: IsTrusted).Any(text => HasFirst(text) || controls.MayComeOf(text)))
        {
            return;
        }

        IsEmpty = false;
        _mark = $"{FreeMark(template, context)}";
        _literals = new TemplateLiterals(template, literal => HasFirst(literal) && !controls.AreNear(literal));
        Context = Marked(context, isTrusted: IsTrusted);
    }

    /// <summary>Whether nothing in it may spell a control token's name.</summary>
    public bool IsEmpty { get; } = true;

    /// <summary>The context with its marks.</summary>
    public JsonObject Context { get; }

    /// <summary>How a template may write a mark: as it is, or escaped, as it may any character outside of ASCII.</summary>
    public string[] Written => [_mark, Escaped(_mark[0])];

    /// <summary>Names of the model's own tokens are the host's to give, and so are roles.</summary>
    private static bool IsTrusted(string name, int depth) =>
        depth == 0 ? name.EndsWith("_token", StringComparison.Ordinal) : depth == 2 && name == "role";

    private static string Escaped(char mark) => $"\\u{(int)mark:x4}";

    /// <summary>A character that is nowhere, neither as it is nor escaped.</summary>
    private static char FreeMark(string template, JsonObject context)
    {
        var taken = new HashSet<char>();
        foreach (var text in Texts(context, isTrusted: (_, _) => false).Append(template))
        {
            foreach (var character in text)
            {
                if (character is >= FirstMark and <= LastMark)
                {
                    taken.Add(character);
                }
            }

            foreach (Match escaped in Escape().Matches(text))
            {
                taken.Add((char)Convert.ToInt32(escaped.Groups[1].Value, 16));
            }
        }

        for (var mark = FirstMark; mark <= LastMark; mark++)
        {
            if (!taken.Contains(mark))
            {
                return mark;
            }
        }

        throw new TemplateException("the conversation has all of Unicode's characters for private use, and so none is left to mark text with");
    }

    /// <summary>All texts below a node, names of properties included.</summary>
    private static IEnumerable<string> Texts(JsonNode? node, Func<string, int, bool> isTrusted, int depth = 0)
    {
        if (depth > MostDepth)
        {
            throw new TemplateException($"the context is nested deeper than {MostDepth} levels");
        }

        switch (PlainJson.Of(node))
        {
            case JsonObject properties:
                foreach (var (name, value) in properties)
                {
                    if (!isTrusted(name, depth))
                    {
                        yield return name;
                        foreach (var below in Texts(value, isTrusted, depth + 1))
                        {
                            yield return below;
                        }
                    }
                }

                break;
            case JsonArray items:
                foreach (var below in items.SelectMany(item => Texts(item, isTrusted, depth + 1)))
                {
                    yield return below;
                }

                break;
            case JsonValue value when value.TryGetValue<string>(out var text):
                yield return text;
                break;
        }
    }

    [GeneratedRegex(@"\\u([eEfF][0-9a-fA-F]{3})")]
    private static partial Regex Escape();

    private bool HasFirst(string text)
    {
        foreach (var character in text.EnumerateRunes())
        {
            if (_controls.MayBeginWith(character))
            {
                return true;
            }
        }

        return false;
    }

    private JsonObject Marked(JsonObject properties, Func<string, int, bool> isTrusted, int depth = 0)
    {
        var marked = new JsonObject();
        foreach (var (name, value) in properties)
        {
            var isKept = isTrusted(name, depth);
            marked[isKept ? name : Marked(name)] = isKept ? value?.DeepClone() : Marked(value, isTrusted, depth + 1);
        }

        return marked;
    }

    private JsonNode? Marked(JsonNode? node, Func<string, int, bool> isTrusted, int depth) => PlainJson.Of(node) switch
    {
        JsonObject properties => Marked(properties, isTrusted, depth),
        JsonArray items => new JsonArray([.. items.Select(item => Marked(item, isTrusted, depth + 1))]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Marked(text)),
        _ => node?.DeepClone(),
    };

    private string Marked(string text)
    {
        if (!HasFirst(text))
        {
            return text;
        }

        var marked = new StringBuilder(text.Length + 16);
        var place = 0;
        foreach (var character in text.EnumerateRunes())
        {
            marked.Append(text, place, character.Utf16SequenceLength);
            if (_controls.MayBeginWith(character) && !_literals!.IsAtStartOf(text.AsSpan(place)))
            {
                marked.Append(_mark);
            }

            place += character.Utf16SequenceLength;
        }

        return marked.ToString();
    }
}
