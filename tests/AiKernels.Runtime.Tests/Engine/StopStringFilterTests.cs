using AiKernels.Runtime.Engine;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class StopStringFilterTests
{
    [Fact]
    public void A_stop_string_across_pieces_is_found_and_not_given_out()
    {
        var filter = new StopStringFilter(["</s>", "END"]);
        Assert.Equal("a", filter.Append("a<"));
        Assert.Equal("</t", filter.Append("/t"));
        Assert.Equal(" b", filter.Append(" b</"));
        Assert.False(filter.Stopped);
        Assert.Equal("", filter.Append("s> more"));
        Assert.True(filter.Stopped);
        Assert.Equal("", filter.Append("and more") + filter.Flush());
    }

    [Fact]
    public void The_earliest_stop_string_counts()
    {
        var filter = new StopStringFilter(["cd", "bcx", ""]);
        Assert.Equal("ab", filter.Append("abcd"));
        Assert.True(filter.Stopped);
    }

    [Fact]
    public void However_text_is_cut_the_result_is_what_stands_before_the_first_stop()
    {
        var text = Gen.Elements('a', 'b', 'c').ListOf(30).Select(chars => string.Concat(chars));
        var stop = Gen.Choose(2, 4).SelectMany(length => Gen.Elements('a', 'b', 'c').ListOf(length).Select(chars => string.Concat(chars)));
        Prop.ForAll(text.Zip(stop.ListOf(2)).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (pair, seed) =>
        {
            var (whole, stops) = (pair.Item1, pair.Item2.ToArray());
            var (filter, random, given) = (new StopStringFilter(stops), new Random(seed), "");
            for (var i = 0; i < whole.Length;)
            {
                var length = Math.Min(random.Next(1, 5), whole.Length - i);
                given += filter.Append(whole.Substring(i, length));
                i += length;
            }

            given += filter.Flush();
            var found = stops.Select(stop => (Start: whole.IndexOf(stop, StringComparison.Ordinal), stop.Length)).Where(found => found.Start >= 0);
            return given == whole[..found.OrderBy(found => found.Start + found.Length).ThenBy(found => found.Start).Select(found => found.Start).FirstOrDefault(whole.Length)];
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }
}
