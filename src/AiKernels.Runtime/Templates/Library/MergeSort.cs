namespace AiKernels.Runtime.Templates.Library;

/// <summary>
/// Sorts without changing the order of equals, as Python does. .NET's own stable sort would hide an exception of a comparison in
/// one of its own.
/// </summary>
internal static class MergeSort
{
    /// <summary>The items in their order; a comparison without a result counts as equal.</summary>
    public static List<T> Sort<T>(Rendering run, List<T> items, Func<T, T, int?> compare)
    {
        var (from, to) = (items.ToArray(), new T[items.Count]);
        for (var width = 1; width < items.Count; width *= 2)
        {
            run.Step(items.Count);
            for (var start = 0; start < items.Count; start += 2 * width)
            {
                var middle = Math.Min(start + width, items.Count);
                var end = Math.Min(middle + width, items.Count);
                Merge(from.AsSpan(start..middle), from.AsSpan(middle..end), to.AsSpan(start), compare);
            }

            (from, to) = (to, from);
        }

        return [.. from];
    }

    private static void Merge<T>(Span<T> first, Span<T> second, Span<T> merged, Func<T, T, int?> compare)
    {
        for (var i = 0; !first.IsEmpty || !second.IsEmpty; i++)
        {
            ref var next = ref first.IsEmpty || !second.IsEmpty && compare(second[0], first[0]) < 0 ? ref second : ref first;
            merged[i] = next[0];
            next = next[1..];
        }
    }
}
