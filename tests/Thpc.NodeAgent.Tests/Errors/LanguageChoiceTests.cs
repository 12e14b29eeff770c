using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Errors;

public sealed class LanguageChoiceTests
{
    [Theory]
    [InlineData(null, "", false)]
    [InlineData(null, "LANG=zh", true)]
    [InlineData(null, "LANG=zh_CN.UTF-8", true)]
    [InlineData(null, "LANG=zh_TW", true)]
    [InlineData(null, "LANG=ZH_hk.big5", true)]
    [InlineData(null, "LANG=zh@pinyin", true)]
    [InlineData(null, "LANG=zh-Hans", true)]
    [InlineData(null, "LANG=C", false)]
    [InlineData(null, "LANG=C.UTF-8", false)]
    [InlineData(null, "LANG=POSIX", false)]
    [InlineData(null, "LANG=en_US.UTF-8", false)]
    [InlineData(null, "LANG=zha_CN", false)]
    [InlineData(null, "LANG=nan_TW", false)]
    [InlineData(null, "LANG=de_CH.zh", false)]
    [InlineData(null, "LANGUAGE=zh", false)]
    [InlineData(null, "LC_CTYPE=zh_CN.UTF-8", false)]
    [InlineData(null, "LANG=en_US LC_MESSAGES=zh_CN", true)]
    [InlineData(null, "LANG=zh_CN LC_MESSAGES=en_US", false)]
    [InlineData(null, "LANG=en_US LC_MESSAGES=en_US LC_ALL=zh_CN", true)]
    [InlineData(null, "LANG=zh_CN LC_MESSAGES=zh_CN LC_ALL=C", false)]
    [InlineData(null, "LANG=zh_CN LC_MESSAGES= LC_ALL=", true)]
    [InlineData("en", "LC_ALL=zh_CN.UTF-8", false)]
    [InlineData("zh", "LC_ALL=C", true)]
    [InlineData("zh", "", true)]
    public void Flag_decides_then_the_first_nonempty_variable(string? flag, string environment, bool chinese) =>
        Assert.Equal(
            chinese ? Language.Chinese : Language.English,
            LanguageChoice.Choose(
                flag, environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('='))
                    .ToDictionary(pair => pair[0], pair => pair[1])));
}
