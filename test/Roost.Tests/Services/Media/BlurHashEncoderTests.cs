using Roost.Services.Media.Images;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Media;

public sealed class BlurHashEncoderTests
{
    private const string Digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

    [Fact]
    public void A_plain_picture_is_painted_in_its_colour()
    {
        using var bitmap = new SKBitmap(32, 24);
        bitmap.Erase(new SKColor(200, 100, 50));

        var hash = BlurHashEncoder.Of(bitmap);

        Assert.Equal(3 + 2 * 9, Number(hash[..1]));
        Assert.Equal((200 << 16) | (100 << 8) | 50, Number(hash[2..6]));
        foreach (var (x, y) in ((double, double)[])[(0.2, 0.2), (0.5, 0.5), (0.8, 0.8)])
        {
            var (red, green, blue) = Painted(hash, x, y);
            Assert.InRange(red, 170, 230);
            Assert.InRange(green, 70, 130);
            Assert.InRange(blue, 20, 80);
        }
    }

    [Fact]
    public void Left_and_right_are_painted_where_they_are()
    {
        using var redLeft = SKBitmap.Decode(Pictures.TwoHalves(32, 32, SKEncodedImageFormat.Png));
        var hash = BlurHashEncoder.Of(redLeft);

        var left = Painted(hash, 0.15, 0.5);
        var right = Painted(hash, 0.85, 0.5);

        Assert.True(left.Red > 200 && left.Blue < 120, $"{left}");
        Assert.True(right.Blue > 200 && right.Red < 120, $"{right}");
    }

    /// <summary>What a client paints at a place from 0 to 1: the format's description read the other way.</summary>
    private static (double Red, double Green, double Blue) Painted(string hash, double x, double y)
    {
        var size = Number(hash[..1]);
        var (termsX, termsY) = (size % 9 + 1, size / 9 + 1);
        var scale = (Number(hash.Substring(1, 1)) + 1) / 166.0;
        var sum = new double[3];
        for (var term = 0; term < termsX * termsY; term++)
        {
            var basis = Math.Cos(Math.PI * x * (term % termsX)) * Math.Cos(Math.PI * y * (term / termsX));
            var value = term == 0 ? Number(hash[2..6]) : Number(hash.Substring(4 + 2 * term, 2));
            for (var channel = 2; channel >= 0; channel--)
            {
                if (term == 0)
                {
                    sum[channel] += Linear((value & 255) / 255.0);
                    value >>= 8;
                }
                else
                {
                    var step = (value % 19 - 9) / 9.0;
                    sum[channel] += Math.CopySign(step * step, step) * scale * basis;
                    value /= 19;
                }
            }
        }
        return (Shown(sum[0]), Shown(sum[1]), Shown(sum[2]));
    }

    private static double Linear(double part) =>
        part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);

    private static double Shown(double linear)
    {
        var part = Math.Clamp(linear, 0, 1);
        return 255 * (part <= 0.0031308 ? part * 12.92 : 1.055 * Math.Pow(part, 1 / 2.4) - 0.055);
    }

    private static int Number(string digits) => digits.Aggregate(0, (sum, digit) => sum * 83 + Digits.IndexOf(digit));
}
