using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiKernels.Hosting.Chat;

/// <summary>The value of an additional property: whatever a host put there, JSON or .NET's own types.</summary>
/// <param name="name">The property's name, for messages.</param>
/// <param name="value">Its value.</param>
internal readonly struct PropertyValue(string name, object? value)
{
    // In seconds; what an engine takes is less.
    private const double LongTime = 1e9;

    private const string Time = "a number of seconds, or a TimeSpan";

    private readonly object? _value = Plain(name, value);

    public string Name => name;

    public float Float() => (float)Number("a number");

    public int Integer() => (int)Whole(int.MinValue, int.MaxValue);

    public ulong Seed() => _value is ulong seed ? seed : unchecked((ulong)Whole(long.MinValue, long.MaxValue));

    public bool Boolean() => _value is bool truth ? truth : throw Wrong("true or false");

    public string Text() => _value as string ?? throw Wrong("a text");

    public TimeSpan Seconds() =>
        _value is TimeSpan time ? time
        : Number(Time) is var seconds and not double.NaN ? TimeSpan.FromSeconds(Math.Clamp(seconds, -LongTime, LongTime))
        : throw Wrong(Time);

    public IReadOnlyList<string> Texts() => _value switch
    {
        string one => [one],
        IEnumerable several when _value is not IDictionary => [.. Each(several)],
        _ => throw Wrong("texts"),
    };

    public IReadOnlyDictionary<int, float> Biases()
    {
        var biases = new Dictionary<int, float>();
        foreach (var (token, bias) in Pairs("an object with a number for each token"))
        {
            biases[int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw Wrong("an object with a number for each token")] =
                new PropertyValue(name, bias).Float();
        }

        return biases;
    }

    /// <summary>The names and values of an object.</summary>
    public IEnumerable<(string Name, object? Value)> Pairs(string what)
    {
        var wrong = Wrong(what);
        return _value switch
        {
            IReadOnlyDictionary<int, float> numbers => numbers.Select(pair => (pair.Key.ToString(CultureInfo.InvariantCulture), (object?)pair.Value)),
            IEnumerable<KeyValuePair<string, object?>> pairs => pairs.Select(pair => (pair.Key, pair.Value)),
            IEnumerable<KeyValuePair<string, JsonNode?>> pairs => pairs.Select(pair => (pair.Key, (object?)pair.Value)),
            IDictionary pairs => Each(pairs, wrong),
            _ => throw wrong,
        };
    }

    /// <summary>The value as JSON.</summary>
    public JsonNode? Json() => Json(0);

    public ArgumentException Wrong(string what) => new($"the option {name} must be {what}");

    /// <summary>Single values of JSON as .NET's own; objects and arrays as nodes.</summary>
    private static object? Plain(string name, object? value) => value switch
    {
        sbyte or byte or short or ushort or int or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        float or decimal => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        Half half => (double)half,
        JsonElement element => Plain(name, Node(name, element)),
        JsonValue one => one.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => one.TryGetValue<string>(out var text) ? text : one.ToString(),
            _ => one.TryGetValue<long>(out var whole) ? whole : one.TryGetValue<ulong>(out var large) ? large : one.TryGetValue<double>(out var number) ? number
                : Plain(name, one.GetValue<object>()), // A number of another type, which JSON keeps as that.
        },
        _ => value,
    };

    private long Whole(long least, long most) => _value switch
    {
        long whole when whole >= least && whole <= most => whole,
        double number when number == Math.Floor(number) && Math.Abs(number) < 1L << 53 && number >= least && number <= most => (long)number,
        _ => throw Wrong($"a whole number from {least} to {most}"),
    };

    private double Number(string what) => _value switch
    {
        long whole => whole,
        ulong whole => whole,
        double number => number,
        _ => throw Wrong(what),
    };

    private IEnumerable<string> Each(IEnumerable several)
    {
        foreach (var one in several)
        {
            yield return Plain(name, one) as string ?? throw Wrong("texts");
        }
    }

    private static IEnumerable<(string, object?)> Each(IDictionary pairs, ArgumentException wrong)
    {
        foreach (DictionaryEntry pair in pairs)
        {
            yield return (Convert.ToString(pair.Key, CultureInfo.InvariantCulture) ?? throw wrong, pair.Value);
        }
    }

    private static JsonNode? Node(string name, JsonElement element)
    {
        try
        {
            return JsonNodes.Of(element);
        }
        catch (JsonException fault)
        {
            throw new ArgumentException($"the option {name} can't be read: {fault.Message}", fault);
        }
    }

    private JsonNode? Json(int depth) => _value switch
    {
        _ when depth > JsonNodes.Deepest => throw Wrong($"JSON of at most {JsonNodes.Deepest} levels"),
        null => null,
        JsonNode node => node.DeepClone(),
        string text => JsonValue.Create(text),
        bool truth => JsonValue.Create(truth),
        long whole => JsonValue.Create(whole),
        ulong whole => JsonValue.Create(whole),
        double number when double.IsFinite(number) => JsonValue.Create(number),
        IEnumerable<KeyValuePair<string, object?>> pairs => Object(pairs, depth + 1),
        IEnumerable items => Array(items, depth + 1),
        _ => throw Wrong("JSON, or what can be written as JSON without reflection"),
    };

    private JsonObject Object(IEnumerable<KeyValuePair<string, object?>> pairs, int depth)
    {
        var made = new JsonObject();
        foreach (var (key, one) in pairs)
        {
            made[key] = new PropertyValue(name, one).Json(depth);
        }

        return made;
    }

    private JsonArray Array(IEnumerable items, int depth)
    {
        var made = new JsonArray();
        foreach (var item in items)
        {
            made.Add(new PropertyValue(name, item).Json(depth));
        }

        return made;
    }
}
