using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads a text that has to be there.</summary>
internal sealed class LiteralReader(string literal) : IPieceReader
{
    public Progress Read(PendingText text)
    {
        if (text.Rest.StartsWith(literal))
        {
            text.Advance(literal.Length);
            return Progress.Done;
        }

        return literal.AsSpan().StartsWith(text.Rest) ? Progress.NeedsMore : Progress.Broken;
    }
}

/// <summary>Passes over white space.</summary>
internal sealed class SpaceReader : IPieceReader
{
    public Progress Read(PendingText text)
    {
        text.Advance(Markup.SpaceLength(text.Rest));
        return text.Rest.IsEmpty ? Progress.NeedsMore : Progress.Done;
    }
}

/// <summary>Reads the tool's name; where a prefix stands before it, it has a number behind it and is the call's id as well.</summary>
internal sealed class NameReader(OpenCall call, string prefix) : IPieceReader
{
    public Progress Read(PendingText text)
    {
        var length = Markup.NameLength(text.Rest);
        if (length == text.Rest.Length)
        {
            return length > Markup.LongestName ? Progress.Broken : Progress.NeedsMore;
        }

        if (length is 0 or > Markup.LongestName)
        {
            return Progress.Broken;
        }

        var name = text.Rest[..length];
        text.Advance(length);
        if (prefix.Length > 0)
        {
            call.Id = name.ToString();
            name = name.StartsWith(prefix) ? name[prefix.Length..] : name;
            name = name.LastIndexOf(':') is >= 0 and var colon ? name[..colon] : name;
        }

        call.Name = name.ToString();
        return name.IsEmpty ? Progress.Broken : Progress.Done;
    }
}

/// <summary>Reads the call's id, if its marker is there.</summary>
internal sealed class IdReader(OpenCall call, string marker) : IPieceReader
{
    public Progress Read(PendingText text)
    {
        if (!text.Rest.StartsWith(marker))
        {
            return marker.AsSpan().StartsWith(text.Rest) ? Progress.NeedsMore : Progress.Done;
        }

        var id = text.Rest[marker.Length..];
        var length = Markup.NameLength(id);
        if (length == id.Length)
        {
            return length > Markup.LongestName ? Progress.Broken : Progress.NeedsMore;
        }

        call.Id = id[..length].ToString();
        text.Advance(marker.Length + length);
        return Progress.Done;
    }
}

/// <summary>Reads arguments that are a JSON object, and gives them out as they come.</summary>
internal sealed class ArgumentsReader(OpenCall call) : IPieceReader
{
    private readonly JsonScanner _json = new();

    public Progress Read(PendingText text)
    {
        var rest = text.Rest;
        if (rest.IsEmpty)
        {
            return Progress.NeedsMore;
        }

        if (!call.HasStarted && (rest[0] != '{' || !call.TryStart()))
        {
            return Progress.Broken;
        }

        for (var i = 0; i < rest.Length; i++)
        {
            if (!_json.TryRead(rest[i]))
            {
                text.Advance(i);
                return Progress.Broken;
            }

            if (_json.IsClosed)
            {
                call.Add(rest[..(i + 1)]);
                text.Advance(i + 1);
                return Progress.Done;
            }
        }

        call.Add(rest);
        text.Advance(rest.Length);
        return Progress.NeedsMore;
    }
}
