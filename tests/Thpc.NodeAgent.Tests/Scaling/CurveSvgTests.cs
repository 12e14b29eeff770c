using System.Globalization;
using System.Xml.Linq;
using CsCheck;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

public sealed class CurveSvgTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Curve_has_a_point_per_round_and_named_levels()
    {
        var picture = Read(
            new Curve(
                "compute: 100 nodes in 4 rounds", "ScaleOutRatio 50", 0, [50, 75, 88, 100],
                [new CurveLine("wanted: 100", 100, "green"), new CurveLine("MaxSize: 200", 200, "red")]));
        var words = picture.Descendants(Svg + "text").Select(text => text.Value).ToList();
        Assert.All(
            (string[])["compute: 100 nodes in 4 rounds", "ScaleOutRatio 50", "+50", "+25", "+13", "+12", "wanted: 100", "MaxSize: 200",
                "round", "nodes"], word => Assert.Contains(word, words));
        Assert.Equal(5, picture.Descendants(Svg + "circle").Count());
    }

    [Fact]
    public void Text_is_escaped() =>
        Assert.Equal("<a> & \"b\"", Read(new Curve("<a> & \"b\"", "", 0, [], [])).Element(Svg + "title")!.Value);

    [Fact]
    public void Names_of_levels_do_not_overlap()
    {
        var picture = Read(new Curve(
            "", "", 0, [100],
            [new CurveLine("wanted", 100, "green"), new CurveLine("MaxSize", 100, "red"), new CurveLine("other", 99, "blue")]));
        double[] places = [.. picture.Descendants(Svg + "text").Where(text => text.Value is "wanted" or "MaxSize" or "other")
            .Select(text => Number(text, "y")).Order()];
        Assert.Equal(3, places.Length);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 12, $"{pair}"));
    }

    [Fact]
    public void Any_curve_is_inside_the_picture_and_never_falls() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[1, 100].List[0, 200], Gen.Int[0, 100_000], Gen.Int[0, 200]).Sample((start, adds, wanted, max) =>
        {
            List<int> totals = [];
            adds.ForEach(nodes => totals.Add((totals.Count == 0 ? start : totals[^1]) + nodes));
            var picture =
                Read(new Curve("t", "s", start, totals, [new CurveLine("wanted", wanted, "green"), new CurveLine("MaxSize", max, "red")]));
            var width = Number(picture, "width");
            var height = Number(picture, "height");
            Assert.All(
                picture.Descendants().Where(element => element.Attribute("y") is not null),
                element => Assert.InRange(Number(element, "y"), 0, height));
            Assert.All(
                picture.Descendants().Where(element => element.Attribute("x") is not null),
                element => Assert.InRange(Number(element, "x"), 0, width));
            double[] points = [.. picture.Descendants(Svg + "circle").Select(point => Number(point, "cy"))];
            Assert.Equal(adds.Count + 1, points.Length);
            Assert.Equal(points.OrderDescending(), points);
            Assert.InRange(picture.Descendants(Svg + "text").Count(), 1, 60);
        });

    private static XElement Read(Curve curve) => XDocument.Parse(CurveSvg.Write(curve)).Root!;

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
